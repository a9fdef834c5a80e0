package bankemu_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"creditcart/internal/bankemu"
)

// userInfoClaims are the documented claims and their form on the wire; bool, number and array name the JSON type.
var userInfoClaims = map[string]string{
	"inn": `^9901011389$`, "orgKpp": `^[0-9]{9}$`, "orgOgrn": `^[0-9]{13}$`, "orgOkpo": `^[0-9]{8}$`, "orgOktmo": `^[0-9]{8}$`,
	"OrgName": `^ООО «Ромашка»$`, "orgFullName": `^Общество с ограниченной ответственностью «Ромашка»$`,
	"orgLawForm": `^Общество с ограниченной ответственностью$`, "orgLawFormShort": `^ООО$`, "orgJuridicalAddress": `.`, "orgActualAddress": `.`,
	"terBank": `^Московский Банк Сбербанка РФ$`, "tbIdentCode": `^38$`, "HashOrgId": `^[0-9a-f]{64}$`, "orgPprbId": `^[0-9]+$`,
	"eksEpkId": `^[0-9]+$`, "epkSflId": `^[0-9]+$`, "digitalId": `^[0-9]+$`, "digitalUserId": `^[0-9]+$`,
	"userGuid": `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, "name": `^Лугин Пётр Андреевич$`, "email": `@`, "phone_number": `^\+7[0-9]{10}$`,
	"userPosition": `^Директор$`, "userGroups": `^Руководитель$`, "userRoles": "array", "userSignatureType": `^Единственная подпись$`,
	"userCryptoType": `^SMS$`, "individualExecutiveAgency": "number", "active": "number", "isIdentified": "bool", "emailConfirmed": "bool",
	"orgUnconfirmed": "bool", "nonClient": "bool", "isCorpCardHolder": "bool", "sbbol3": "bool", "inquiryOrder": "bool", "buyOnCreditMmb": "bool",
	"hasActiveCreditLine": "bool", "offerSmartCredit": "bool", "summOfferSmartCredit": "number", "offerExpirationDate": `^2027-11-22$`,
	"orgBusinessSegment": `^0[23]$`, "accounts": "array",
}

func fits(value any, form string) bool {
	switch v := value.(type) {
	case bool:
		return form == "bool"
	case float64:
		return form == "number"
	case []any:
		return form == "array"
	case string:
		return regexp.MustCompile(form).MatchString(v)
	}
	return false
}

// Each claim is told when it is in the scope, in its documented form, and never else; aud, iss and sub always are.
func TestUserInfoClaims(t *testing.T) {
	names := slices.Sorted(maps.Keys(userInfoClaims))
	r := newRigWith(t, func(c *bankemu.Config) {
		c.Clients[0].Scope = "openid creditLineAvailableSum " + strings.Join(names, " ")
	})
	read := func(person string, scope ...string) map[string]any {
		return r.userInfo(r.sign(person, "", param("scope", "openid "+strings.Join(scope, " "))).Access)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			info := read("romashka-director", name)
			if !fits(info[name], userInfoClaims[name]) || len(info) != 4 {
				t.Errorf("%v", info)
			}
		})
	}
	t.Run("creditLineAvailableSum", func(t *testing.T) { // a string, as the documents print it
		if got := read("vektor-director", "creditLineAvailableSum")["creditLineAvailableSum"]; got != "10000.50" {
			t.Errorf("%v", got)
		}
		if _, told := read("romashka-director", "creditLineAvailableSum")["creditLineAvailableSum"]; told {
			t.Error("a company without a line has a sum")
		}
	})
	t.Run("aud iss sub", func(t *testing.T) {
		info := read("romashka-director")
		sub, _ := info["sub"].(string)
		if info["aud"] != clientID || info["iss"] != "http://localhost:8090" || !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(sub) || len(info) != 3 {
			t.Errorf("%v", info)
		}
	})
	t.Run("rights", func(t *testing.T) {
		info := read("romashka-buyer", "userSignatureType", "userGroups", "userRoles")
		if info["userSignatureType"] != "Без права подписи" || info["userGroups"] != "Сотрудник" || len(info["userRoles"].([]any)) != 2 {
			t.Errorf("%v", info)
		}
	})
	t.Run("the same every time", func(t *testing.T) {
		one, two := read("romashka-director", names...), newRigWith(t, func(c *bankemu.Config) { c.Clients[0].Scope = "openid " + strings.Join(names, " ") })
		again := two.userInfo(two.sign("romashka-director", "", param("scope", "openid "+strings.Join(names, " "))).Access)
		for _, name := range []string{"sub", "HashOrgId", "eksEpkId", "userGuid", "digitalId"} {
			if one[name] != again[name] {
				t.Errorf("%s: %v and %v", name, one[name], again[name])
			}
		}
	})
}

func TestUserInfoHeader(t *testing.T) {
	r := newRig(t)
	access := r.signIn("sokolov").Access
	cases := []struct {
		name, header string
		status       int
	}{
		{"Bearer", "Bearer " + access, 200},
		{"bearer in lower case", "bearer " + access, 200},
		{"bare token", access, 200},
		{"no header", "", 401},
		{"unknown token", "Bearer " + strings.Repeat("x", 38), 401},
		{"another scheme", "Basic " + access, 401},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, v := range []string{"", "/v1", "/v2"} {
				a := do(t, http.DefaultClient, "GET", r.bank+"/ic/sso/api"+v+"/oauth/user-info", "", "", "Authorization", c.header)
				if a.status != c.status || (c.status == 401 && a.body != `{"error":"UNAUTHORIZED"}`) {
					t.Errorf("%s: status %d: %s", v, a.status, a.body)
				}
			}
		})
	}
}

func TestTokenRules(t *testing.T) {
	r := newRig(t)
	verifier := strings.Repeat("v", 42)
	cases := []struct {
		name   string
		change func(url.Values)
		status int
		code   string
	}{
		{"client_id required", func(f url.Values) { f.Set("client_id", "") }, 401, "invalid_client"},
		{"client_secret required", func(f url.Values) { f.Set("client_secret", "") }, 401, "invalid_client"},
		{"grant_type required", func(f url.Values) { f.Del("grant_type") }, 400, "invalid_request"},
		{"code required", func(f url.Values) { f.Del("code") }, 400, "invalid_request"},
		{"redirect_uri required", func(f url.Values) { f.Del("redirect_uri") }, 400, "invalid_request"},
		{"code_verifier form", func(f url.Values) { f.Set("code_verifier", verifier) }, 400, "invalid_grant"},
		{"parameter twice", func(f url.Values) { f.Add("code", "x") }, 400, "invalid_request"},
		{"refresh_token required", param("grant_type", "refresh_token"), 400, "invalid_request"},
		{"refresh_token unknown", param("grant_type", "refresh_token", "refresh_token", "x"), 400, "invalid_grant"},
		{"parameter unknown", param("audience", "x"), 200, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			form := url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {callback}, "code": {r.authorize(browser(), r.bank, "sokolov", nil).Get("code")}}
			c.change(form)
			a := r.tokenCall(form)
			if got, _ := a.json(t)["error"].(string); a.status != c.status || got != c.code || (c.code != "" && a.json(t)["error_description"] == "") {
				t.Errorf("status %d: %s", a.status, a.body)
			}
		})
	}
	tok := r.signIn("sokolov")
	with := func(uri string) answer {
		return r.tokenCall(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tok.Refresh}, "redirect_uri": {uri}})
	}
	t.Run("refresh with a registered redirect_uri", func(t *testing.T) { readPair(t, with(callback)) })
	t.Run("refresh with another redirect_uri", func(t *testing.T) {
		if a := with(callback + "x"); a.status != 400 || a.json(t)["error"] != "invalid_grant" {
			t.Errorf("status %d: %s", a.status, a.body)
		}
	})
	t.Run("parameters in the query", func(t *testing.T) {
		q := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tok.Refresh}, "client_id": {clientID}, "client_secret": {secret}}
		readPair(t, do(t, http.DefaultClient, "POST", r.bank+"/ic/sso/api/v2/oauth/token?"+q.Encode(), "", ""))
	})
	t.Run("body of JSON", func(t *testing.T) {
		a := do(t, http.DefaultClient, "POST", r.bank+"/ic/sso/api/v2/oauth/token", "application/json", `{"grant_type":"refresh_token"}`)
		if a.status != 400 || a.json(t)["error"] != "invalid_request" {
			t.Errorf("status %d: %s", a.status, a.body)
		}
	})
	t.Run("Basic beside the form is ignored", func(t *testing.T) {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tok.Refresh}, "client_id": {clientID}, "client_secret": {secret}}
		readPair(t, do(t, http.DefaultClient, "POST", r.bank+"/ic/sso/api/v2/oauth/token", formType, form.Encode(), "Authorization", "Basic eDp5"))
	})
	t.Run("Accept application/jose", func(t *testing.T) {
		a := do(t, http.DefaultClient, "POST", r.bank+"/ic/sso/api/v2/oauth/token", formType, "", "Accept", "application/jose")
		if a.status != 406 || a.json(t)["error"] != "invalid_request" {
			t.Errorf("status %d: %s", a.status, a.body)
		}
	})
	t.Run("answer", func(t *testing.T) {
		m := r.refresh(tok.Refresh).json(t)
		if m["token_type"] != "Bearer" || m["expires_in"] != 3600.0 || m["scope"] != bankemu.DefaultScope || len(m) != 6 {
			t.Errorf("%v", m)
		}
	})
}

func TestRevokeRules(t *testing.T) {
	cases := []struct {
		name   string
		change func(url.Values)
		status int
		code   string
		access int // what the access token is answered afterwards
	}{
		{"access token", func(url.Values) {}, 200, "", 401},
		{"access token with a hint", param("token_type_hint", "access_token"), 200, "", 401},
		{"access token with the wrong hint", param("token_type_hint", "refresh_token"), 200, "", 401},
		{"unknown token", param("token", strings.Repeat("x", 38)), 200, "", 200},
		{"unknown token of another form", param("token", "c76fb018-27c9-43f7-a751-62646eda7e1a-1"), 200, "", 200},
		{"token required", func(f url.Values) { f.Del("token") }, 400, "invalid_request", 200},
		{"token_type_hint unknown", param("token_type_hint", "id_token"), 400, "invalid_request", 200},
		{"parameter twice", func(f url.Values) { f.Add("token", "x") }, 400, "invalid_request", 200},
		{"client_id unknown", param("client_id", "9"), 401, "invalid_client", 200},
		{"client_secret wrong", param("client_secret", "x"), 401, "invalid_client", 200},
	}
	r := newRig(t)
	try := func(t *testing.T, path, way string, change func(url.Values)) (a answer, access int) {
		tok := r.signIn("sokolov")
		form := url.Values{"client_id": {clientID}, "client_secret": {secret}, "token": {tok.Access}}
		change(form)
		target, kind, body := r.bank+path, formType, form.Encode()
		if way == "query" {
			target, kind, body = target+"?"+body, "", ""
		}
		a = do(t, http.DefaultClient, "POST", target, kind, body, "Authorization", "Bearer "+tok.Access)
		return a, r.get(pathOffers, tok.Access).status
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, path := range []string{"/ic/sso/api/oauth/revoke", "/ic/sso/api/v1/oauth/revoke", "/ic/sso/api/v2/oauth/revoke"} {
				for _, way := range []string{"form", "query"} {
					a, access := try(t, path, way, c.change)
					if a.status != c.status || (c.status == 200 && a.body != "") || (c.code != "" && a.json(t)["error"] != c.code) || access != c.access {
						t.Errorf("%s, %s: status %d: %s; then the access token: status %d", path, way, a.status, a.body, access)
					}
				}
			}
		})
	}
	t.Run("refresh token takes its sign-in along", func(t *testing.T) {
		tok, other := r.signIn("sokolov"), r.signIn("sokolov")
		form := url.Values{"client_id": {clientID}, "client_secret": {secret}, "token": {tok.Refresh}}
		do(t, http.DefaultClient, "POST", r.bank+"/ic/sso/api/v2/oauth/revoke", formType, form.Encode())
		if r.get(pathOffers, tok.Access).status != 401 || r.refresh(tok.Refresh).status != 400 || r.get(pathOffers, other.Access).status != 200 {
			t.Error("the tokens of the sign-in live, or those of another are dead")
		}
	})
}
