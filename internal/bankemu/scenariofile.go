package bankemu

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
)

//go:embed scenarios/*.json
var scenarioFiles embed.FS

// schemaFile describes scenario files to people and editors.
const schemaFile = "scenario.schema.json"

// DefaultScenario is the shipped set of companies, read from the embedded files in the order of their names. Their ids
// and the ids of their people are a contract with tests.
func DefaultScenario() Scenario { return shipped().clone() }

var shipped = sync.OnceValue(func() Scenario {
	var out Scenario
	entries, err := scenarioFiles.ReadDir("scenarios")
	if err != nil {
		panic(err) // the folder is embedded
	}
	for _, e := range entries {
		if e.Name() == schemaFile {
			continue
		}
		f, err := scenarioFiles.Open(path.Join("scenarios", e.Name()))
		if err == nil {
			var part Scenario
			if part, err = LoadScenario(e.Name(), f); err == nil {
				err = out.Add(part)
			}
			_ = f.Close()
		}
		if err != nil {
			panic(fmt.Errorf("bankemu: %w", err)) // a test reads them all
		}
	}
	return out
})

// ReadScenario reads one scenario file, see scenarios/scenario.schema.json.
func ReadScenario(name string) (Scenario, error) {
	f, err := os.Open(name)
	if err != nil {
		return Scenario{}, err
	}
	defer f.Close()
	return LoadScenario(name, f)
}

// LoadScenario reads and checks the JSON of a scenario. Errors begin with the name, then the path of the field:
// `my.json: companies[2].people[0].nome: unknown field`.
func LoadScenario(name string, r io.Reader) (Scenario, error) {
	var s Scenario
	raw, err := io.ReadAll(r)
	if err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff")) // editors of Windows begin so
	if !json.Valid(raw) {
		return s, fmt.Errorf("%s: %w", name, json.Unmarshal(raw, &s))
	}
	if err := fill(reflect.ValueOf(&s).Elem(), raw, ""); err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	if err := s.check(); err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// Add appends another scenario: nothing of it may be defined already. Offers of a legal form follow those that are there.
func (s *Scenario) Add(other Scenario) error {
	sum := s.clone()
	more := other.clone()
	sum.Companies = append(sum.Companies, more.Companies...)
	sum.Faults = append(sum.Faults, more.Faults...)
	for form, list := range more.Offers {
		sum.Offers[form] = append(sum.Offers[form], list...)
	}
	if err := sum.check(); err != nil {
		return err
	}
	*s = sum
	return nil
}

// fill decodes JSON into a value field by field: an unknown, doubled or mistyped field is an error that says where.
func fill(into reflect.Value, raw json.RawMessage, at string) error {
	_, own := into.Addr().Interface().(json.Unmarshaler)
	raw = bytes.TrimSpace(raw)
	switch kind := into.Kind(); {
	case own || string(raw) == "null":
	case kind == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return fill(into.Elem(), raw, at)
	case kind == reflect.Struct && raw[0] == '{':
		return eachMember(raw, at, func(name string, value json.RawMessage) error {
			field, ok := fieldOf(into, name)
			if !ok {
				return fmt.Errorf("%s: unknown field", strings.TrimPrefix(at+"."+name, "."))
			}
			return fill(field, value, strings.TrimPrefix(at+"."+name, "."))
		})
	case kind == reflect.Slice && raw[0] == '[':
		var items []json.RawMessage
		_ = json.Unmarshal(raw, &items) // valid as a whole
		into.Set(reflect.MakeSlice(into.Type(), len(items), len(items)))
		for i, item := range items {
			if err := fill(into.Index(i), item, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	case kind == reflect.Map && into.Type().Elem().Kind() == reflect.Slice && raw[0] == '{':
		into.Set(reflect.MakeMap(into.Type()))
		return eachMember(raw, at, func(name string, value json.RawMessage) error {
			item := reflect.New(into.Type().Elem()).Elem()
			err := fill(item, value, at+"."+name)
			into.SetMapIndex(reflect.ValueOf(name), item)
			return err
		})
	}
	if err := json.Unmarshal(raw, into.Addr().Interface()); err != nil {
		if at == "" {
			at = "the file"
		}
		return fmt.Errorf("%s: must be %s", at, wanted(into.Type()))
	}
	return nil
}

// eachMember walks a JSON object in order; a name that comes twice is an error.
func eachMember(raw json.RawMessage, at string, visit func(string, json.RawMessage) error) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	_, _ = dec.Token()
	var seen []string
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		name := token.(string)
		if slices.Contains(seen, name) {
			return fmt.Errorf("%s: given twice", strings.TrimPrefix(at+"."+name, "."))
		}
		seen = append(seen, name)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err
		}
		if err := visit(name, value); err != nil {
			return err
		}
	}
	return nil
}

// fieldOf finds a struct's field by its JSON name. What only the bank counts is no part of a file.
func fieldOf(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if slices.Contains(fileFields(v.Type().Field(i)), name) {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// fileFields gives the JSON name of a field as a list of one; of none when a file does not have it.
func fileFields(f reflect.StructField) []string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if !f.IsExported() || name == "" || name == "-" || f.Type != reflect.TypeFor[string]() && (name == "hits" || name == "id") {
		return nil
	}
	return []string{name}
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		if t.String() == "decimal.Decimal" {
			return "a sum of roubles"
		}
		return "an object"
	}
	return t.String()
}
