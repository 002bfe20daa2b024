package db

import (
	"strings"
	"sync"
)

const (
	mostKnown  = 4_000 // values, and settings
	knownBytes = 500   // of a value; longer ones are seldom shared
)

// knownValues remembers general settings and the numbers of their values while a pass runs. It takes in only what was
// stored before the batch that asks for it: they stay, since nobody else writes while a pass goes on, and the values of one
// person, which nobody asks for again, are not among them. Nil knows none. It is safe for concurrent use.
type knownValues struct {
	mu      sync.Mutex
	passID  int64
	numbers map[settingValue]settingNumber
	names   map[settingName]bool
}

// of gives what is known in a pass, and nothing of others: between two passes values may go.
func (k *knownValues) of(passID int64) *knownValues {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.passID != passID {
		k.passID, k.numbers, k.names = passID, nil, nil
	}
	return k
}

func (k *knownValues) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.numbers, k.names = nil, nil
}

func (k *knownValues) get(value settingValue) (settingNumber, bool) {
	if k == nil {
		return settingNumber{}, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	number, ok := k.numbers[value]
	return number, ok
}

func (k *knownValues) add(value settingValue, number settingNumber) {
	if k == nil || len(value.value) > knownBytes {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.numbers == nil {
		k.numbers = map[settingValue]settingNumber{}
	}
	if len(k.numbers) < mostKnown {
		k.numbers[value.clone()] = number
	}
}

// clone is the same value, with texts of its own: they may be parts of a whole document.
func (v settingValue) clone() settingValue {
	v.section, v.setting, v.value = strings.Clone(v.section), strings.Clone(v.setting), strings.Clone(v.value)
	return v
}

// has reports whether a setting is known.
func (k *knownValues) has(name settingName) bool {
	if k == nil {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.names[name]
}

// addName takes in a setting that is stored.
func (k *knownValues) addName(name settingName) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.names == nil {
		k.names = map[settingName]bool{}
	}
	if len(k.names) < mostKnown {
		k.names[name] = true
	}
}
