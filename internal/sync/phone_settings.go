package sync

import (
	"slices"

	"syncd/internal/db"
)

// settingsRow projects the phone settings.
func settingsRow(v value) *db.SettingsRow {
	country, delegation, desk := v.get("country"), v.get("delegation"), v.get("desk_phone")
	sharedLines, intercom := v.get("shared_lines_call_setting"), v.get("intercom")
	company, caller, primary := v.get("company_number").str(), v.get("outbound_caller", "number").str(), desk.get("keys_positions", "primary_number").str()
	return &db.SettingsRow{
		SettingsStatus:               v.get("status").str(),
		AreaCode:                     v.get("area_code").str(),
		CountryCode:                  country.get("code").str(),
		CountryName:                  country.get("name").str(),
		CountryCallingCode:           country.get("country_code").str(),
		CompanyNumber:                company,
		CompanyNumberE164:            e164(text(company)),
		OutboundCallerNumber:         caller,
		OutboundCallerNumberE164:     e164(text(caller)),
		PrimaryNumber:                primary,
		PrimaryNumberE164:            e164(text(primary)),
		AudioPromptLanguage:          v.get("audio_prompt_language").str(),
		DefaultTranscriptionLanguage: v.get("default_transcription_language").str(),
		MusicOnHoldID:                v.get("music_on_hold_id").str(),
		DelegationPrivacy:            delegation.get("privacy").boolean(),
		DelegationPrivileges:         integers(delegation.get("privileges")),
		DelegationLocked:             delegation.get("locked").boolean(),
		PhoneScreenLock:              desk.get("phone_screen_lock").boolean(),
		IntercomDeviceID:             intercom.get("device", "id").str(),
		IntercomDeviceName:           intercom.get("device", "name").str(),
		SharedLineGroupsReceiveCalls: sharedLines.get("shared_line_groups", "receive_calls").boolean(),
		BusinessHourType:             v.get("business_hours_settings", "business_hour_type").integer(),

		SharedAccess: slices.Concat(
			sharedAccess(v.get("voice_mail"), db.KindVoicemail, "download", "delete"),
			sharedAccess(v.get("auto_call_recording_access_members"), db.KindAutoCallRecording, "allow_download", "allow_delete"),
			sharedAccess(v.get("ad_hoc_call_recording_access_members"), db.KindAdHocCallRecording, "allow_download", "allow_delete"),
		),
		Delegates:             elements(delegation.get("assistants"), delegate),
		Devices:               elements(desk.get("devices"), device),
		DeviceAddresses:       elements(desk.get("devices"), deviceAddress),
		OutboundCallerIDs:     elements(v.get("outbound_caller_ids"), outboundCallerID),
		Intercoms:             elements(intercom.get("audio_intercoms"), intercomRow),
		HolidayHours:          elements(v.get("holiday_hours"), holidayHours),
		BreakHours:            breakHours(v.get("break_hours")),
		BusinessHours:         elements(v.get("business_hours_settings", "business_hours"), businessHours),
		SharedLineAppearances: elements(sharedLines.get("shared_line_appearances", "executives"), sharedLineAppearance),
		SharedLineGroups:      elements(sharedLines.get("shared_line_groups", "shared_line_group"), sharedLineGroup),
	}
}

// integers gives those of an array that are integers, sorted, each once; nil for
// anything but an array.
func integers(list value) []int64 {
	if list.kind != '[' {
		return nil
	}
	all := []int64{}
	for _, v := range list.items {
		if n := v.integer(); n != nil {
			all = append(all, *n)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func delegate(v value) db.Delegate {
	return db.Delegate{
		ExtensionID:     v.get("extension_id").str(),
		ExtensionNumber: v.get("extension_number").extension(),
		ExtensionType:   v.get("extension_type").str(),
		DisplayName:     v.get("display_name").str(),
		DelegateID:      v.get("id").str(),
	}
}

func device(v value) db.Device {
	return db.Device{
		ID:          v.get("id").str(),
		DeviceType:  v.get("device_type").str(),
		DisplayName: v.get("display_name").str(),
		Status:      v.get("status").str(),
		CallControl: v.get("policy", "call_control", "status").str(),
		HotDesking:  v.get("policy", "hot_desking", "status").str(),
	}
}

func deviceAddress(v value) db.DeviceAddress {
	return db.DeviceAddress{
		ID:         v.get("id").str(),
		MACAddress: v.get("mac_address").str(),
		PrivateIP:  v.get("private_ip").str(),
		PublicIP:   v.get("public_ip").str(),
	}
}

func outboundCallerID(v value) db.OutboundCallerID {
	number := v.get("number").str()
	return db.OutboundCallerID{
		Number:     number,
		Name:       v.get("name").str(),
		IsDefault:  v.get("is_default").boolean(),
		NumberE164: e164(text(number)),
	}
}

func intercomRow(v value) db.Intercom {
	return db.Intercom{
		ExtensionID:     v.get("extension_id").str(),
		ExtensionNumber: v.get("extension_number").str(),
		ExtensionType:   v.get("extension_type").str(),
		DisplayName:     v.get("display_name").str(),
		Status:          v.get("status").str(),
		DeviceID:        v.get("device_id").str(),
		DeviceStatus:    v.get("device_status").str(),
	}
}

func holidayHours(v value) db.HolidayHours {
	return db.HolidayHours{
		ID:       v.get("holiday_id").str(),
		Name:     v.get("name").str(),
		StartsAt: v.get("from").time(),
		EndsAt:   v.get("to").time(),
	}
}

// breakHours gives a row for each break that holds on every business day, and one
// for each weekday of those that have hours of their own for each.
func breakHours(list value) []db.BreakHours {
	var all []db.BreakHours
	for _, v := range list.items {
		setting := v.get("break_hour_setting")
		of := func(times value) db.BreakHours {
			return db.BreakHours{
				ID:      v.get("break_hour_id").str(),
				Name:    v.get("break_hour_name").str(),
				Type:    v.get("break_hour_type").str(),
				Weekday: times.get("weekday").integer(),
				Enabled: times.get("enable").boolean(),
				From:    times.get("from").str(),
				To:      times.get("to").str(),
			}
		}
		days := elements(setting.get("days"), of)
		every := of(setting)
		every.Weekday, every.Enabled = nil, nil // these are of the days alone
		hasTimes := every.From != nil || every.To != nil
		if every != (db.BreakHours{}) && (hasTimes || len(days) == 0) {
			all = append(all, every)
		}
		all = append(all, days...)
	}
	return all
}

func businessHours(v value) db.BusinessHours {
	return db.BusinessHours{
		Weekday: v.get("weekday").integer(),
		Type:    v.get("type").integer(),
		From:    v.get("from").str(),
		To:      v.get("to").str(),
	}
}

func sharedLineAppearance(v value) db.SharedLineAppearance {
	return db.SharedLineAppearance{
		ExecutiveUserID: v.get("user_id").str(),
		DisplayName:     v.get("display_name").str(),
		ReceiveCalls:    v.get("receive_calls").boolean(),
		AllowOptOut:     v.get("allow_opt_out").boolean(),
	}
}

func sharedLineGroup(v value) db.SharedLineGroup {
	return db.SharedLineGroup{
		ID:           v.get("slg_id").str(),
		DisplayName:  v.get("display_name").str(),
		ReceiveCalls: v.get("receive_calls").boolean(),
	}
}
