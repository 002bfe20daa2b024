package zoom

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNewBudget(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		plan      Plan
		share     float64
		overrides map[Pool]float64
		want      Budget
	}{
		"business": {Business, 0.8, nil, Budget{PhoneLight: 32, PhoneMedium: 16, CoreMedium: 48, PhoneHeavy: 8}},
		"pro":      {Pro, 1, nil, Budget{PhoneLight: 20, PhoneMedium: 10, CoreMedium: 20, PhoneHeavy: 5}},
		"a share of the overrides too": {
			Pro, 0.5,
			map[Pool]float64{PhoneLight: 75, PhoneHeavy: 1},
			Budget{PhoneLight: 37.5, PhoneMedium: 5, CoreMedium: 10, PhoneHeavy: 0.5},
		},
	}
	for name, test := range tests {
		got, err := NewBudget(test.plan, test.share, test.overrides)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := Business.Limits()[PhoneLight]; got != 40 {
		t.Errorf("a budget changed its plan: %v", got)
	}
}

func TestNewBudget_refuses(t *testing.T) {
	t.Parallel()
	for _, share := range []float64{0, -1, 1.01, math.NaN(), math.Inf(1)} {
		if _, err := NewBudget(Business, share, nil); err == nil {
			t.Errorf("share %v is taken", share)
		}
	}
	for _, limit := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := NewBudget(Business, 1, map[Pool]float64{PhoneLight: limit}); err == nil || !strings.Contains(err.Error(), "phone-light") {
			t.Errorf("limit %v: error is %v", limit, err)
		}
	}
	if _, err := NewBudget("enterprise", 1, nil); err == nil || !strings.Contains(err.Error(), "pro or business") {
		t.Errorf("error is %v", err)
	}
}

func TestParseLimits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[Pool]float64{
		"":                                {},
		" , ":                             {},
		"phone-light=40,phone-medium=20":  {PhoneLight: 40, PhoneMedium: 20},
		" core-medium = 0.5 ,":            {CoreMedium: 0.5},
		"phone-heavy=1,phone-heavy=2":     {PhoneHeavy: 2},
		"phone-light=4e1,phone-medium=1,": {PhoneLight: 40, PhoneMedium: 1},
	} {
		got, err := ParseLimits(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestParseLimits_reports_all_faults_at_once(t *testing.T) {
	t.Parallel()
	_, err := ParseLimits("phone-lite=40,phone-light,phone-medium=0,core-medium=NaN,phone-heavy=Inf,=3")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`"phone-lite" is not a pool`, `"phone-light" is not a number`, `"phone-medium=0"`, `"core-medium=NaN"`, `"phone-heavy=Inf"`, `"" is not a pool`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
}

func FuzzParseLimits(f *testing.F) {
	for _, text := range []string{"", "phone-light=40", "a=1,,", "phone-light=-0", "phone-light=0x1p-3", "=,="} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		limits, err := ParseLimits(text)
		if err != nil {
			return
		}
		if _, err := NewBudget(Business, 1, limits); err != nil {
			t.Errorf("%q is read but refused: %v", text, err)
		}
	})
}
