package db

import "sync"

const (
	mostKnown  = 10_000 // values
	knownBytes = 500    // of a value; longer ones are seldom shared
)

// knownValues remembers the numbers of values of general settings while a pass runs. It takes in only those that were
// stored before the batch that asks for them: they stay, since nobody else writes during a pass, and the values of one
// person, which nobody asks for again, are not among them. Nil knows none. It is safe for concurrent use.
type knownValues struct {
	mu      sync.Mutex
	passID  int64
	numbers map[settingValue]settingNumber
}

// of gives what is known in a pass, and nothing of others: between two passes values may go.
func (k *knownValues) of(passID int64) *knownValues {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.passID != passID {
		k.passID, k.numbers = passID, nil
	}
	return k
}

func (k *knownValues) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.numbers = nil
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
		k.numbers[value] = number
	}
}
