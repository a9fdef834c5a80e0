package bankemu_test

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
)

// readmeCommand is one curl of README.md: curl [-X METHOD] ADDRESS [-d 'BODY'].
var readmeCommand = regexp.MustCompile(`curl (?:-X (\w+) )?"?\$C(/[^\s"]*)"?(?: -d '([^']*)')?`)

// The commands are sent as curl sends them: -d alone says that the body is a form.
func TestREADMECommands(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Control\n")
	_, block, _ := strings.Cut(section, "```sh\n")
	block, _, _ = strings.Cut(block, "```")
	commands := readmeCommand.FindAllStringSubmatch(block, -1)
	if n := strings.Count(block, "curl "); n < 20 || len(commands) != n {
		t.Fatalf("%d of %d commands understood", len(commands), n)
	}
	for _, m := range commands {
		command, method, path, data := m[0], m[1], m[2], m[3]
		t.Run(command, func(t *testing.T) {
			r := newRig(t)
			id := readmeDocument(r, command)
			if method == "" {
				method = "GET"
			}
			contentType := ""
			if data != "" {
				contentType = formType
			}
			a := do(t, http.DefaultClient, method, r.manage+strings.ReplaceAll(path, "$ID", id), contentType, data)
			if a.status != 200 && a.status != 201 && a.status != 204 {
				t.Fatalf("status %d: %s", a.status, a.body)
			}
			if data != "" && strings.Contains(a.body, "<html") {
				t.Errorf("a page instead of JSON")
			}
		})
	}
}

// readmeDocument is the document a command is about, if it is about one.
func readmeDocument(r *rig, command string) string {
	r.t.Helper()
	person, path, document := "romashka-buyer", pathInvoice, invoice
	switch {
	case !strings.Contains(command, "$ID"):
		return ""
	case strings.Contains(command, "duet-director"):
		person = "duet-director"
	case strings.Contains(command, "/credit-requests/"):
		path, document = pathRequest, creditRequest
	}
	id := newID()
	if a := r.post(path, r.signIn(person).Access, body(r.t, document(id))); a.status != 201 {
		r.t.Fatalf("status %d: %s", a.status, a.body)
	}
	if strings.Contains(command, "/recall") {
		r.control("POST", "/api/documents/"+id+"/sign", "")
	}
	return id
}

// What the commands of README.md do is done, not only answered.
func TestJSONWhateverTheContentType(t *testing.T) {
	r := newRig(t)
	id := readmeDocument(r, "$ID")
	send := func(path, contentType, body string) answer {
		return do(t, http.DefaultClient, "POST", r.manage+path, contentType, body)
	}
	for _, contentType := range []string{formType, "", "text/plain", "application/json"} {
		if a := send("/api/documents/"+id+"/status", contentType, " \n{\"status\":\"FRAUDREVIEW\"}"); a.status != 200 {
			t.Errorf("%q: %d %s", contentType, a.status, a.body)
		}
		if a := send("/api/reset", contentType, `{"token":true}`); a.status != 400 {
			t.Errorf("%q: an unknown field: %d", contentType, a.status)
		}
		for _, body := range []string{`{"tokens":true`, `{"tokens":true} more`, `[1]`, `{"tokens":`} {
			if a := send("/api/reset", contentType, body); a.status != 400 {
				t.Errorf("%q: %s: %d", contentType, body, a.status)
			}
		}
	}
	if a := send("/api/sessions/forget", formType, `{"person":"sokolov"}`); a.status != 400 {
		t.Errorf("a field of no meaning: %d", a.status)
	}
	if a := send("/api/reset", formType, "tokens"); a.status != 400 {
		t.Errorf("neither JSON nor a form: %d", a.status)
	}
	if a := send("/api/reset", formType, url.Values{"misspelt": {"1"}}.Encode()); a.status != 400 {
		t.Errorf("a misspelt field of a form: %d", a.status)
	}
	if d := do(t, http.DefaultClient, "GET", r.manage+"/api/documents/"+id, "", "").body; !strings.Contains(d, "FRAUDREVIEW") {
		t.Errorf("refused commands did something: %s", d)
	}
}
