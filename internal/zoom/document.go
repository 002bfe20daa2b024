package zoom

import (
	"errors"
	"fmt"
	"slices"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The members that Zoom documents for each document of a user. Every one of them may
// be absent, and there may be others, now or next month: they tell no more than
// that an answer is the document, and not something else.
//
//nolint:gochecknoglobals // constants that Go cannot express as such
var (
	profileMembers = []string{
		"calling_plans", "cost_center", "department", "email", "emergency_address", "extension_id", "extension_number",
		"id", "phone_numbers", "phone_user_id", "policy", "site_admin", "site_id", "status",
	}
	phoneSettingsMembers = []string{
		"ad_hoc_call_recording_access_members", "area_code", "audio_prompt_language", "auto_call_recording_access_members",
		"break_hours", "business_hours_settings", "company_number", "country", "default_transcription_language", "delegation",
		"desk_phone", "extension_number", "holiday_hours", "intercom", "music_on_hold_id", "outbound_caller",
		"outbound_caller_ids", "shared_lines_call_setting", "status", "voice_mail",
	}
	userSettingsMembers = []string{
		"audio_conferencing", "email_notification", "feature", "in_meeting", "profile", "recording", "schedule_meeting",
		"telephony", "tsp", "whiteboard",
	}
)

// checkDocument refuses what is not the document of the user. A profile whose id
// alone is lost, or of another type, is taken, unless it has the looks of an error.
func checkDocument(e endpoint, answered object, userID string) error {
	id := ""
	_ = jsonv2.Unmarshal(answered.get("id"), &id, jsontext.AllowInvalidUTF8(true)) // one of another type is as good as none
	has := answered.has
	switch {
	case !slices.ContainsFunc(e.members, has):
		return fmt.Errorf("the answer has no member of the %s", e.op)
	case e.name != phoneUserEndpoint.name:
		return nil
	case id != "" && id != userID:
		return errors.New("the answer is another user's profile")
	case !has("id") && (has("message") || has("errorMessage")) && (has("code") || has("errorCode") || has("error")):
		return errors.New("the answer is an error, not a profile")
	}
	return nil
}
