package bankemu_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"creditcart/internal/bankemu"
)

const schemaPath = "scenarios/scenario.schema.json"

func readSchema(t *testing.T) map[string]any {
	t.Helper()
	raw, err := os.ReadFile(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	var s map[string]any
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// Whoever adds a field to Scenario, Company or what they hold describes it in the schema, and the other way round.
func TestScenarioSchemaNamesEveryField(t *testing.T) {
	schema := readSchema(t)
	seen := map[reflect.Type]bool{}
	var visit func(typ reflect.Type, at string, node map[string]any)
	visit = func(typ reflect.Type, at string, node map[string]any) {
		seen[typ] = true
		if node["additionalProperties"] != false {
			t.Errorf("%s: additionalProperties must be false", at)
		}
		properties, ok := node["properties"].(map[string]any)
		if !ok {
			t.Fatalf("%s: not in the schema", at)
		}
		var tags []string
		for i := range typ.NumField() {
			f := typ.Field(i)
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() || typ.Name() == "fault" && (tag == "id" || tag == "hits") {
				continue // what the bank itself counts is no part of a file
			}
			tags = append(tags, tag)
			property, ok := properties[tag].(map[string]any)
			if !ok {
				t.Errorf("%s.%s: describe this field in %s", at, tag, schemaPath)
				continue
			}
			if text, _ := property["description"].(string); text == "" {
				t.Errorf("%s.%s: no description in %s", at, tag, schemaPath)
			}
			inner := f.Type
			for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Map {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct && inner.Name() != "Decimal" && !seen[inner] {
				name := strings.ToLower(inner.Name()[:1]) + inner.Name()[1:]
				def, _ := schema["$defs"].(map[string]any)[name].(map[string]any)
				visit(inner, name, def)
			}
		}
		for name := range properties {
			if !slices.Contains(tags, name) {
				t.Errorf("%s.%s: in the schema, not in the code", at, name)
			}
		}
	}
	visit(reflect.TypeFor[bankemu.Scenario](), "scenario", schema)
	if len(seen) != len(schema["$defs"].(map[string]any))+1 {
		t.Errorf("%d types in the code, %d in the schema", len(seen), len(schema["$defs"].(map[string]any))+1)
	}
}

// breaks says where a value does not follow its schema: the keywords that the schema of scenarios uses.
func breaks(root, node map[string]any, v any, at string) []string {
	if ref, ok := node["$ref"].(string); ok {
		node = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	if list, ok := node["anyOf"].([]any); ok {
		for _, one := range list {
			if len(breaks(root, one.(map[string]any), v, at)) == 0 {
				return nil
			}
		}
		return []string{at + ": none of anyOf"}
	}
	kinds := map[string]string{"string": "string", "bool": "boolean", "float64": "number", "map[string]interface {}": "object", "[]interface {}": "array"}
	kind, want := kinds[fmt.Sprintf("%T", v)], node["type"]
	if whole, ok := v.(float64); ok && want == "integer" && whole == float64(int64(whole)) {
		kind = "integer"
	}
	if want != nil && kind != want {
		return []string{fmt.Sprintf("%s: %v is no %v", at, v, want)}
	}
	if enum, ok := node["enum"].([]any); ok && !slices.Contains(enum, v) {
		return []string{fmt.Sprintf("%s: %v", at, v)}
	}
	if p, ok := node["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v.(string)) {
		return []string{fmt.Sprintf("%s: %v does not match %s", at, v, p)}
	}
	var out []string
	if list, ok := v.([]any); ok && node["items"] != nil {
		for i, item := range list {
			out = append(out, breaks(root, node["items"].(map[string]any), item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	}
	o, _ := v.(map[string]any)
	required, _ := node["required"].([]any)
	for _, name := range required {
		if _, ok := o[name.(string)]; !ok {
			out = append(out, fmt.Sprintf("%s.%v: required", at, name))
		}
	}
	properties, _ := node["properties"].(map[string]any)
	for name, value := range o {
		inner, ok := properties[name].(map[string]any)
		if !ok {
			inner, ok = node["additionalProperties"].(map[string]any)
		}
		if ok {
			out = append(out, breaks(root, inner, value, at+"."+name)...)
		} else if node["additionalProperties"] == false {
			out = append(out, at+"."+name+": unknown")
		}
	}
	return out
}

func TestShippedScenariosFollowTheSchema(t *testing.T) {
	schema := readSchema(t)
	files, err := filepath.Glob("scenarios/[0-9]*.json")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, name := range append(files, "scenarios/examples/faults.json") {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(name, err)
		}
		for _, problem := range breaks(schema, schema, v, name) {
			t.Error(problem)
		}
		if _, err := bankemu.ReadScenario(name); err != nil {
			t.Error(err)
		}
	}
	wrong := map[string]any{"companies": []any{map[string]any{"id": "X!", "nome": 1.0}}}
	if n := len(breaks(schema, schema, wrong, "wrong")); n != 7 { // the id, the unknown name, five required ones
		t.Errorf("the schema finds %d mistakes", n)
	}
}

// sole is a right scenario of one company that tests bend.
const sole = `{"companies":[{"id":"new","name":"ООО «Новая»","lawFormShort":"ООО","inn":"9901400018","kpp":"990101001","ogrn":"1227700050016",
"accounts":[{"number":"40702810338001001418","bic":"044525225","corrAccount":"30101810400000000225","balance":"10.50"}],
"people":[{"id":"new-head","name":"Новый Пётр Ильич","userCryptoType":"SMS","maySign":true}]}]}`

func TestScenarioErrors(t *testing.T) {
	load := func(text string) error {
		_, err := bankemu.LoadScenario("my.json", strings.NewReader(text))
		return err
	}
	if err := load(sole); err != nil {
		t.Fatal(err)
	}
	if err := load("\ufeff" + sole); err != nil {
		t.Errorf("a byte order mark: %v", err)
	}
	company := func(more string) string { return strings.Replace(sole, `"id":"new",`, `"id":"new",`+more+`,`, 1) }
	cases := []struct{ name, text, want string }{
		{"not JSON", `{"companies":`, "my.json: "},
		{"two values", sole + sole, "my.json: "},
		{"a list", `[]`, "my.json: the file: must be an object"},
		{"unknown field", `{"company":[]}`, "my.json: company: unknown field"},
		{"unknown field of a company", company(`"nome":"x"`), "my.json: companies[0].nome: unknown field"},
		{"unknown field of a person", strings.Replace(sole, `"maySign"`, `"maysign"`, 1), "my.json: companies[0].people[0].maysign: unknown field"},
		{"unknown field of an offer", `{"offers":{"ООО":[{"productCode":"A"},{"sum":"1"}]}}`, "my.json: offers.ООО[1].sum: unknown field"},
		{"a field twice", company(`"note":"a","note":"b"`), "my.json: companies[0].note: given twice"},
		{"mistyped flag", company(`"special":"yes"`), "my.json: companies[0].special: must be true or false"},
		{"mistyped sum", strings.Replace(sole, `"10.50"`, `"much"`, 1), "my.json: companies[0].accounts[0].balance: must be a sum of roubles"},
		{"mistyped list", company(`"contracts":{}`), "my.json: companies[0].contracts: must be a list"},
		{"what the bank counts", company(`"faults":[{"id":1}]`), "my.json: companies[0].faults[0].id: unknown field"},
		{"id empty", strings.Replace(sole, `"id":"new"`, `"id":""`, 1), "my.json: companies[0]: id is empty"},
		{"INN digits", strings.Replace(sole, "9901400018", "9901400017", 1), `my.json: company new: inn "9901400017" has wrong check digits`},
		{"OGRN digit", strings.Replace(sole, "1227700050016", "1227700050017", 1), `my.json: company new: ogrn "1227700050017" has a wrong check digit`},
		{"KPP of a company", strings.Replace(sole, `"990101001"`, `"0"`, 1), `my.json: company new: kpp "0": nine digits`},
		{"account key", strings.Replace(sole, "40702810338001001418", "40702810438001001418", 1), `my.json: company new: accounts[0]: number "40702810438001001418" does not fit`},
		{"account state", strings.Replace(sole, `"bic"`, `"state":"SHUT","bic"`, 1), "my.json: company new: accounts[0]: state: "},
		{"decision", company(`"creditDecision":"maybe"`), "my.json: company new: creditDecision: "},
		{"signatures", company(`"signatures":3`), "my.json: company new: signatures: "},
		{"route", company(`"route":"sideways"`), "my.json: company new: "},
		{"incoming", company(`"incoming":"sometimes"`), "my.json: company new: incoming: "},
		{"fault kind", company(`"faults":[{"path":"/","kind":"boom"}]`), "my.json: company new: faults[0]: kind: "},
		{"contract date", company(`"contracts":[{"number":"1","dateSince":"01.02.2026"}]`), "my.json: company new: contracts[0]: "},
		{"contract twice", company(`"contracts":[{"number":"1"},{"number":"1"}]`), `my.json: company new: contracts[1]: contract number "1" is taken`},
		{"product twice", `{"offers":{"ООО":[{"productCode":"A"}],"ИП":[{"productCode":"A"}]}}`, `my.json: offers.ООО[0]: productCode "A" is taken`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := load(c.text); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s…", err, c.want)
			}
		})
	}
}

func TestScenarioFilesAddUp(t *testing.T) {
	load := func(text string) bankemu.Scenario {
		s, err := bankemu.LoadScenario("my.json", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	free := strings.Replace(sole, "40702810338001001418", "40702810338001009999", 1)
	s := bankemu.DefaultScenario()
	before := len(s.Companies)
	if err := s.Add(load(sole)); err == nil || !strings.Contains(err.Error(), `account "40702810338001001418" is taken`) {
		t.Errorf("romashka's account: %v", err)
	}
	for old, taken := range map[string]string{`"id":"new"`: `"id":"romashka"`, `"id":"new-head"`: `"id":"sokolov"`, `"9901400018"`: `"9901011389"`} {
		if err := s.Add(load(strings.Replace(free, old, taken, 1))); err == nil || !strings.Contains(err.Error(), "is taken") {
			t.Errorf("%s: %v", taken, err)
		}
	}
	if len(s.Companies) != before {
		t.Fatal("a refused file left something behind")
	}
	more := load(strings.Replace(free, `{"companies"`, `{"offers":{"ООО":[{"productCode":"NEW","sumMin":"1.00","sumMax":"2.00"}]},"companies"`, 1))
	if err := s.Add(more); err != nil || len(s.Companies) != before+1 || len(s.Offers["ООО"]) != 3 {
		t.Fatalf("%v: %d companies, %d offers", err, len(s.Companies), len(s.Offers["ООО"]))
	}
	if r := newRigWith(t, func(c *bankemu.Config) { c.Scenario = s }); r.signIn("new-head").Access == "" {
		t.Error("the new person cannot sign in")
	}
}

// The example: faults that strike one company's calls only, and come back with a reset.
func TestFaultsOfOneCompany(t *testing.T) {
	s := bankemu.DefaultScenario()
	more, err := bankemu.ReadScenario("scenarios/examples/faults.json")
	if err == nil {
		err = s.Add(more)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := newRigWith(t, func(c *bankemu.Config) { c.Scenario = s })
	struck, spared := r.signIn("bank-slow-offers-head"), r.signIn("sokolov")
	for range 2 {
		for _, want := range []int{500, 500, 200} {
			if a := r.get(pathOffers, spared.Access); a.status != 200 {
				t.Errorf("another company: %d", a.status)
			}
			if a := r.get(pathOffers, struck.Access); a.status != want || want == 500 && a.json(t)["cause"] != "UNKNOWN_EXCEPTION" {
				t.Errorf("status %d, want %d", a.status, want)
			}
		}
		r.control("POST", "/api/reset", "")
	}
}

func TestMerchantIsInTheData(t *testing.T) {
	for _, c := range bankemu.DefaultScenario().Companies {
		if c.ID != "merchant" {
			continue
		}
		a := c.Accounts[0]
		got := []string{c.Name, c.INN, c.KPP, a.Number, a.BIC, a.Corr}
		want := []string{bankemu.MerchantName, bankemu.MerchantINN, bankemu.MerchantKPP, bankemu.MerchantAccount, bankemu.MerchantBIC, bankemu.MerchantCorrAccount}
		if !slices.Equal(got, want) {
			t.Errorf("data %q, constants %q", got, want)
		}
		return
	}
	t.Error("no merchant")
}

// FuzzScenario: whatever file is given, the answer is a scenario or an error with the file's name.
func FuzzScenario(f *testing.F) {
	f.Add(sole)
	f.Add(`{"companies":[{"accounts":[{"number":"1"}],"contracts":[{}],"claims":{"a":null},"faults":[{"headers":{"a":1}}]}],"offers":{"":null}}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := bankemu.LoadScenario("my.json", strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "my.json: ") {
				t.Error(err)
			}
			return
		}
		if _, err := bankemu.New(bankemu.Config{Scenario: s}); err != nil {
			t.Errorf("loaded but not opened: %v", err)
		}
	})
}
