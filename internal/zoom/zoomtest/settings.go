package zoomtest

import (
	"fmt"
	"strconv"
	"strings"
)

// chooseSettings holds what the phone settings share with the other documents, and the shapes that a table cannot say.
func chooseSettings(w *writer, path string) (choice, bool) {
	p := w.person
	switch path {
	case "status":
		if p.status == Deactivated {
			return given("Inactive"), true
		}
		return given("Active"), true
	case "extension_number":
		return given(p.extension), true
	case "area_code":
		return when(p.index%6 > 0, strconv.Itoa(200+p.index%700)), true
	case "country":
		return choice{absent: p.index%40 == 9}, true
	case "country.code":
		return given(places()[max(p.site, 0)].code), true
	case "country.country_code":
		return given(places()[max(p.site, 0)].calling), true
	case "country.name":
		return given(places()[max(p.site, 0)].country), true
	case "outbound_caller.number":
		return when(len(p.numbers) > 0, firstDigits(p)), true
	case "outbound_caller_ids":
		return given(elements(len(p.numbers))), true
	case "outbound_caller_ids[].number":
		return given(p.numbers[w.here()].digits), true
	case "outbound_caller_ids[].is_default":
		return given(w.here() == 0), true
	}
	for _, choose := range []func(*writer, string) (choice, bool){chooseDesk, choosePeople, chooseHours} {
		if c, ok := choose(w, path); ok {
			return c, true
		}
	}
	return chooseGrant(w, path, "", true)
}

func firstDigits(p *person) string {
	if len(p.numbers) == 0 {
		return ""
	}
	return p.numbers[0].digits
}

// chooseDesk holds the desk phones: a user with one has a PIN.
func chooseDesk(w *writer, path string) (choice, bool) {
	p := w.person
	device := func(n int) string { return w.account.minter.id(idDevice, p.index, n) }
	if name, ok := strings.CutPrefix(path, "desk_phone.devices[]."); ok && w.here() == 0 {
		if owner, ok := w.account.sharedPhone(p); ok {
			return chooseSharedPhone(w, owner, name)
		}
	}
	switch path {
	case "desk_phone":
		return choice{absent: !p.hasDesk && p.index%2 == 0}, true
	case "desk_phone.pin_code":
		return when(p.hasDesk, p.pin), true
	case "desk_phone.devices":
		if !p.hasDesk {
			return given(elements(0)), true
		}
		return given(elements(1 + p.index%3)), true
	case "desk_phone.devices[].id":
		return given(device(w.here())), true
	case "desk_phone.devices[].mac_address":
		return given(fmt.Sprintf("64-16-7f-%02x-%02x-%02x", p.index>>8&255, p.index&255, w.here())), true
	case "desk_phone.devices[].private_ip":
		return given(fmt.Sprintf("10.%d.%d.%d", p.index>>8&255, p.index&255, 10+w.here())), true
	case "desk_phone.devices[].public_ip":
		return given(fmt.Sprintf("198.51.100.%d", p.index&255)), true
	case "desk_phone.keys_positions.primary_number":
		return when(len(p.numbers) > 0, firstDigits(p)), true
	case "intercom.audio_intercoms[].device_id":
		return when(w.here() == 1, device(100+w.here())), true
	case "intercom.device.id":
		return when(p.hasDesk, device(0)), true
	}
	return choice{}, false
}

// sharedPhone says whose phone a user's first one is when two users share it: of twenty users in a row the ninth shares
// that of the eighth, if both have one.
func (a *Account) sharedPhone(p *person) (owner int, ok bool) {
	owner = p.index - p.index%20 + 7
	shared := p.index == owner || p.index == owner+1
	return owner, shared && a.person(owner, "").hasDesk && a.person(owner+1, "").hasDesk
}

// chooseSharedPhone says the same to every user of the phone.
func chooseSharedPhone(w *writer, owner int, name string) (choice, bool) {
	switch name {
	case "id":
		return given(w.account.minter.id(idDevice, owner, 0)), true
	case "device_type":
		return given("Poly VVX 450"), true
	case "display_name":
		return given(fmt.Sprintf("Front desk %d", owner)), true
	case "status":
		return given("online"), true
	case "mac_address":
		return given(fmt.Sprintf("64-16-7f-%02x-%02x-ff", owner>>8&255, owner&255)), true
	case "private_ip":
		return given(fmt.Sprintf("10.%d.%d.10", owner>>8&255, owner&255)), true
	case "public_ip":
		return given(fmt.Sprintf("198.51.100.%d", owner&255)), true
	}
	return choice{}, false
}

// choosePeople holds the other users that the settings name.
func choosePeople(w *writer, path string) (choice, bool) {
	a := w.account
	other := func() int { return (w.person.index*7 + w.here() + 1) % max(a.opts.Users, 1) }
	switch path {
	case "delegation.assistants[].id", "shared_lines_call_setting.shared_line_appearances.executives[].user_id":
		return given(a.minter.id(idUser, other(), 0)), true
	case "delegation.assistants[].extension_id", "intercom.audio_intercoms[].extension_id":
		return given(a.minter.id(idExtension, other(), 0)), true
	case "delegation.assistants[].extension_number":
		return given(int64(800 + other())), true
	case "intercom.audio_intercoms[].extension_number":
		return given(strconv.Itoa(800 + other())), true // a string here and nowhere else
	}
	return choice{}, false
}

// chooseHours holds the times; break_hour_setting has one of two shapes, by break_hour_type.
func chooseHours(w *writer, path string) (choice, bool) {
	custom := func() bool { return (w.person.index+w.at[0])%2 == 0 }
	switch path {
	case "break_hours[].break_hour_type":
		if custom() {
			return given("custom_hours"), true
		}
		return given("every_business_day"), true
	case "break_hours[].break_hour_setting.from", "break_hours[].break_hour_setting.to":
		return choice{absent: custom()}, true
	case "break_hours[].break_hour_setting.days":
		return when(custom(), elements(2)), true
	case "holiday_hours[].from":
		return given(fmt.Sprintf("2026-12-%02dT00:00:00Z", 20+w.here())), true
	case "holiday_hours[].to":
		return given(fmt.Sprintf("2026-12-%02dT23:59:00Z", 20+w.here())), true
	case "business_hours_settings.business_hours":
		return given(elements(7)), true
	case "business_hours_settings.business_hours[].weekday", "break_hours[].break_hour_setting.days[].weekday":
		return given(1 + w.here()), true
	}
	return choice{}, false
}
