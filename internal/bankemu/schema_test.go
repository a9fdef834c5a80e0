package bankemu_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// openAPI is as much of an OpenAPI 3.0 description as openapi.json uses.
type openAPI struct {
	OpenAPI    string                           `json:"openapi"`
	Paths      map[string]map[string]*operation `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID          string      `json:"operationId"`
	Summary     string      `json:"summary"`
	Parameters  []parameter `json:"parameters"`
	RequestBody content     `json:"requestBody"`
	Responses   map[string]content
}

type parameter struct{ Name, In string }

type content struct {
	Content map[string]struct {
		Schema *schema `json:"schema"`
	} `json:"content"`
}

type schema struct {
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Nullable   bool               `json:"nullable"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	More       json.RawMessage    `json:"additionalProperties"`
	Items      *schema            `json:"items"`
	Enum       []string           `json:"enum"`
	AnyOf      []*schema          `json:"anyOf"`
	Pattern    string             `json:"pattern"`
	Format     string             `json:"format"`
	Minimum    *int64             `json:"minimum"`
	Maximum    *int64             `json:"maximum"`
}

func (d *openAPI) patterns() map[string]*operation {
	out := map[string]*operation{}
	for path, methods := range d.Paths {
		for method, op := range methods {
			out[strings.ToUpper(method)+" "+path] = op
		}
	}
	return out
}

// find gives the described operation of a call: the pattern with the fewest parameters that fits.
func (d *openAPI) find(method, path string) (pattern string, op *operation) {
	path, _, _ = strings.Cut(path, "?")
	for p, o := range d.patterns() {
		expr := regexp.MustCompile(`\\\{[a-zA-Z]+\\\}`).ReplaceAllString(regexp.QuoteMeta(p), `[^/]+`)
		if regexp.MustCompile("^"+expr+"$").MatchString(method+" "+path) && (op == nil || strings.Count(p, "{") < strings.Count(pattern, "{")) {
			pattern, op = p, o
		}
	}
	return pattern, op
}

func (d *openAPI) follow(s *schema) *schema {
	if s != nil && s.Ref != "" {
		return d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return s
}

// resolve says which references lead nowhere.
func (d *openAPI) resolve(t *testing.T, at string, s *schema) {
	t.Helper()
	if s.Ref != "" && d.follow(s) == nil {
		t.Errorf("%s: no %s", at, s.Ref)
	}
	for name, p := range s.Properties {
		d.resolve(t, at+"."+name, p)
	}
	if s.Items != nil {
		d.resolve(t, at+"[]", s.Items)
	}
	for _, name := range s.Required {
		if s.Properties[name] == nil {
			t.Errorf("%s: %s is required and not described", at, name)
		}
	}
}

// check says where a value is not as described.
func (d *openAPI) check(s *schema, v any, at string) (problems []string) {
	if s = d.follow(s); s == nil {
		return []string{at + ": no description"}
	}
	wrong := func(format string, args ...any) { problems = append(problems, at+": "+fmt.Sprintf(format, args...)) }
	if v == nil {
		if !s.Nullable {
			wrong("null")
		}
		return problems
	}
	if len(s.AnyOf) > 0 {
		if !slices.ContainsFunc(s.AnyOf, func(one *schema) bool { return len(d.check(one, v, at)) == 0 }) {
			wrong("%v is none of the described", v)
		}
		return problems
	}
	switch v := v.(type) {
	case string:
		problems = append(problems, s.checkText(v, at)...)
	case json.Number:
		n, err := v.Int64()
		if s.Type != "number" && (s.Type != "integer" || err != nil) || s.Minimum != nil && n < *s.Minimum || s.Maximum != nil && n > *s.Maximum {
			wrong("number %s, described as %s", v, s.Type)
		}
	case bool:
		if s.Type != "boolean" {
			wrong("boolean, described as %s", s.Type)
		}
	case []any:
		if s.Type != "array" {
			wrong("array, described as %s", s.Type)
			break
		}
		for i, item := range v {
			problems = append(problems, d.check(s.Items, item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		if s.Type != "object" {
			wrong("object, described as %s", s.Type)
			break
		}
		problems = append(problems, d.checkObject(s, v, at)...)
	}
	return problems
}

func (d *openAPI) checkObject(s *schema, v map[string]any, at string) (problems []string) {
	for _, name := range s.Required {
		if _, has := v[name]; !has {
			problems = append(problems, at+"."+name+": missing")
		}
	}
	var more *schema
	if len(s.More) > 0 && s.More[0] == '{' {
		more = &schema{}
		if err := json.Unmarshal(s.More, more); err != nil {
			return append(problems, err.Error())
		}
	}
	for name, item := range v {
		switch {
		case s.Properties[name] != nil:
			problems = append(problems, d.check(s.Properties[name], item, at+"."+name)...)
		case more != nil:
			problems = append(problems, d.check(more, item, at+"."+name)...)
		case string(s.More) == "false":
			problems = append(problems, at+"."+name+": not described")
		}
	}
	return problems
}

func (s *schema) checkText(v, at string) (problems []string) {
	if s.Type != "string" {
		return []string{at + ": text, described as " + s.Type}
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
		problems = append(problems, at+": "+v+" is none of "+strings.Join(s.Enum, ", "))
	}
	if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v) {
		problems = append(problems, at+": "+v+" is not like "+s.Pattern)
	}
	layout := map[string]string{"date-time": time.RFC3339, "date": time.DateOnly}[s.Format]
	if _, err := time.Parse(layout, v); layout != "" && err != nil {
		problems = append(problems, at+": "+err.Error())
	}
	return problems
}
