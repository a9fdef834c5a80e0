package bankemu_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// knock sends one request without a network and gives what the bank answered. A panic fails the fuzz target by itself.
func (r *rig) knock(method, path, query, contentType, body, authorization string) answer {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.URL.RawQuery = query // as it came, well-formed or not
	req.Header.Set("Content-Type", contentType)
	if authorization != "" {
		req.Header["Authorization"] = []string{authorization}
	}
	rec := httptest.NewRecorder()
	r.direct.ServeHTTP(rec, req)
	return answer{rec.Code, rec.Header(), rec.Body.String()}
}

// oauthFault: an error of the OAuth family is JSON with one of the documented codes.
func oauthFault(t *testing.T, a answer) {
	t.Helper()
	var m map[string]string
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("status %d, no JSON: %s", a.status, a.body)
	}
	switch m["error"] + m["errorCode"] {
	case "invalid_request", "invalid_grant", "invalid_client", "unauthorized_client", "invalid_token", "unsupported_grant_type", "ACCESS_EXCEPTION":
	default:
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if a.status != 400 && a.status != 401 && a.status != 403 {
		t.Errorf("status %d", a.status)
	}
}

func FuzzAuthorizeQuery(f *testing.F) {
	query := strings.SplitAfterN(authorizeQuery(nil), "?", 2)[1]
	f.Add(query, "decision=allow&person=sokolov")
	f.Add(query+"&prompt=none", "decision=deny")
	f.Add(query+"&prompt=consent", "decision=allow&person=sokolov&accounts=listed&account=1")
	f.Add("client_id=111286&redirect_uri="+url.QueryEscape(callback)+"&state=%00%0d%0aSet-Cookie:x", "%")
	f.Add(";&=%zz", "person=niva-head&decision=allow")
	r := newRig(f)
	f.Fuzz(func(t *testing.T, query, form string) {
		for _, a := range []answer{
			r.knock("GET", "/ic/sso/api/v2/oauth/authorize", query, "", "", ""),
			r.knock("POST", "/ic/sbbid/api/v2/oauth/authorize", query, formType, form, ""),
		} {
			to := a.header.Get("Location")
			switch a.status {
			case 200, 400, 403, 422:
				if to != "" {
					t.Errorf("status %d leads to %q", a.status, to)
				}
			case 302:
				if !strings.HasPrefix(to, callback+"?") || strings.ContainsAny(to, "\r\n") {
					t.Errorf("a redirect to %q", to)
				}
			default:
				t.Errorf("status %d: %s", a.status, a.body)
			}
		}
	})
}

func FuzzTokenForm(f *testing.F) {
	f.Add(formType, "grant_type=authorization_code&code=x&redirect_uri=y&client_id=111286&client_secret="+secret)
	f.Add(formType, "grant_type=refresh_token&refresh_token=x&client_id=111286&client_secret="+secret)
	f.Add("application/json", `{}`)
	f.Add("", "%zz&;=")
	r := newRig(f)
	f.Fuzz(func(t *testing.T, kind, body string) {
		oauthFault(t, r.knock("POST", "/ic/sso/api/oauth/token", "", kind, body, ""))
		oauthFault(t, r.knock("POST", "/ic/sso/api/oauth/token", body, "", "", ""))
	})
}

func FuzzRevoke(f *testing.F) {
	f.Add("client_id=111286&client_secret="+secret+"&token=x", "token_type_hint=access_token")
	f.Add("%zz", "&&==")
	r := newRig(f)
	f.Fuzz(func(t *testing.T, query, body string) {
		if a := r.knock("POST", "/ic/sso/api/v1/oauth/revoke", query, formType, body, ""); a.status != 200 || a.body != "" {
			oauthFault(t, a)
		}
	})
}

// The access token in the seeds is real, so that mutations reach the new secret; a change that succeeds renews nothing
// but the secret, and the next round is refused.
func FuzzChangeSecret(f *testing.F) {
	r := newRig(f)
	access := r.signIn("merchant-manager").Access
	f.Add("", changeForm(access).Encode(), "")
	f.Add(changeForm(access).Encode(), "", "Bearer "+access)
	f.Add("new_client_secret=\xff", "client_id=111286&client_secret="+secret+"&access_token="+access, "Bearer")
	f.Add("%zz", "&;=", "Bearer  ")
	f.Fuzz(func(t *testing.T, query, body, authorization string) {
		a := r.knock("POST", "/ic/sso/api/v1/change-client-secret", query, formType, body, authorization)
		if a.status != 200 || a.body != `{"clientSecretExpiration":40}` {
			oauthFault(t, a)
		}
	})
}

func FuzzUserInfoAuthorization(f *testing.F) {
	r := newRig(f)
	access := r.signIn("sokolov").Access
	for _, seed := range []string{"", "Bearer", "Bearer ", "Bearer " + access, access, "bearer\t" + access, "Basic " + access, "\x00\xff", strings.Repeat("a", 9000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		a := r.knock("GET", "/ic/sso/api/v2/oauth/user-info", "", "", "", header)
		switch {
		case a.status == 200 && strings.Contains(header, access) && strings.HasPrefix(a.header.Get("Content-Type"), "application/jwt"):
		case a.status == http.StatusUnauthorized && a.body == `{"error":"UNAUTHORIZED"}`:
		default:
			t.Errorf("status %d: %s", a.status, a.body)
		}
	})
}
