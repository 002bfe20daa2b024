package zoomtest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
)

// writeSetting answers POST, PATCH and DELETE of /phone/users/{id}/settings/{settingType}. What it changes is visible
// in the settings and, for grants, in the profile as well.
func (a *Account) writeSetting(r *http.Request, c call, index int) reply {
	types := []string{"voice_mail", "delegation", "desk_phone", "intercom", "auto_call_recording", "ad_hoc_call_recording"}
	if !slices.Contains(types, c.setting) {
		if r.Method == http.MethodPatch {
			return invalid("Invalid user setting Type: " + c.setting + ".")
		}
		return invalid("Invalid user sub-setting type.")
	}
	var in request
	if r.Method != http.MethodDelete {
		body, err := io.ReadAll(io.LimitReader(bodyOf(r), 1<<20))
		if err != nil || json.Unmarshal(body, &in) != nil {
			return invalid("Validation Failed.")
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.render(index, a.states[index], Settings); !ok {
		return userMissing(c.user)
	}
	e := editor{account: a, index: index, kind: slices.Index([]string{"voice_mail", "auto_call_recording", "ad_hoc_call_recording"}, c.setting)}
	switch r.Method {
	case http.MethodPost:
		return e.post(c.setting, &in)
	case http.MethodPatch:
		return e.patch(c.setting, &in)
	default:
		return e.remove(c.setting, r.URL.Query())
	}
}

func bodyOf(r *http.Request) io.Reader {
	if r.Body == nil {
		return http.NoBody
	}
	return r.Body
}

// request is the union of what the writes take.
type request struct {
	AssistantExtensionID string   `json:"delegation_assistant_extension_id"`
	DeviceID             string   `json:"device_id"`
	VoiceMail            *member  `json:"voice_mail"`
	Voicemail            []member `json:"voicemail_access_members"`
	AutoRecording        []member `json:"auto_call_recording_access_members"`
	AdHocRecording       []member `json:"ad_hoc_call_recording_access_members"`
	Delegation           *struct {
		Privacy    json.RawMessage `json:"privacy"`
		Privileges []int           `json:"privileges"`
		Locked     *bool           `json:"locked"`
	} `json:"delegation"`
	DeskPhone *struct {
		Devices []struct {
			ID     string         `json:"id"`
			Policy map[string]any `json:"policy"`
		} `json:"devices"`
		ScreenLock *bool   `json:"phone_screen_lock"`
		PIN        *string `json:"pin_code"`
	} `json:"desk_phone"`
	Intercom *struct {
		ExtensionID string `json:"extension_id"`
		DeviceID    string `json:"device_id"`
	} `json:"intercom"`
}

// member is a grant as a write names it; the deprecated voice_mail says delete and download.
type member struct {
	UserID        string `json:"access_user_id"`
	UserType      string `json:"access_user_type"`
	SharedID      string `json:"shared_id"`
	AllowDelete   *bool  `json:"allow_delete"`
	AllowDownload *bool  `json:"allow_download"`
	AllowSharing  *bool  `json:"allow_sharing"`
	Delete        *bool  `json:"delete"`
	Download      *bool  `json:"download"`
}

// members returns the grants of a request for kind, in one form.
func (in *request) members(kind int) []member {
	var list []member
	switch kind {
	case 0:
		list = in.Voicemail
		if in.VoiceMail != nil {
			list = append(list, *in.VoiceMail)
		}
	case 1:
		list = in.AutoRecording
	case 2:
		list = in.AdHocRecording
	}
	for i := range list {
		if list[i].AllowDelete == nil {
			list[i].AllowDelete = list[i].Delete
		}
		if list[i].AllowDownload == nil {
			list[i].AllowDownload = list[i].Download
		}
	}
	return list
}
