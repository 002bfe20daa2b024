package zoom

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// SettingType names what a shared-access call is about.
type SettingType string

// The setting types that Zoom documents.
const (
	VoiceMail          SettingType = "voice_mail"
	Delegation         SettingType = "delegation"
	DeskPhone          SettingType = "desk_phone"
	Intercom           SettingType = "intercom"
	AutoCallRecording  SettingType = "auto_call_recording"
	AdHocCallRecording SettingType = "ad_hoc_call_recording"
)

// AccessMember is somebody who may use another user's voicemail or recordings.
type AccessMember struct {
	AccessUserID   string `json:"access_user_id,omitempty"`
	AccessUserType string `json:"access_user_type,omitempty"` // "user" or "commonArea"; voicemail only
	AllowDelete    bool   `json:"allow_delete"`
	AllowDownload  bool   `json:"allow_download"`
	AllowSharing   *bool  `json:"allow_sharing,omitempty"` // voicemail only
	SharedID       string `json:"shared_id,omitempty"`     // given by Zoom; names the grant when it is changed
}

// SharedSetting is the body of [Client.AddSharedAccess] and
// [Client.UpdateSharedAccess]. Fill the member that belongs to the setting type.
type SharedSetting struct {
	VoicemailAccessMembers          []AccessMember     `json:"voicemail_access_members,omitempty"`             // at most 10
	AutoCallRecordingAccessMembers  []AccessMember     `json:"auto_call_recording_access_members,omitempty"`   // at most 20
	AdHocCallRecordingAccessMembers []AccessMember     `json:"ad_hoc_call_recording_access_members,omitempty"` // at most 20
	DelegationAssistantExtensionID  string             `json:"delegation_assistant_extension_id,omitempty"`    // add only
	DeviceID                        string             `json:"device_id,omitempty"`                            // add only
	Delegation                      *DelegationSetting `json:"delegation,omitempty"`                           // update only
	DeskPhone                       *DeskPhoneSetting  `json:"desk_phone,omitempty"`                           // update only
	Intercom                        *IntercomSetting   `json:"intercom,omitempty"`                             // update only
}

// DelegationSetting changes what assistants may do. Absent members stay.
type DelegationSetting struct {
	Privacy    *bool `json:"privacy,omitempty"`
	Privileges []int `json:"privileges,omitempty"` // 1 to 8
	Locked     *bool `json:"locked,omitempty"`
}

// DeskPhoneSetting changes desk phones. Absent members stay.
type DeskPhoneSetting struct {
	Devices         []DeskPhoneDevice `json:"devices,omitempty"` // at most 10
	PhoneScreenLock *bool             `json:"phone_screen_lock,omitempty"`
	PINCode         string            `json:"pin_code,omitempty"`
}

// DeskPhoneDevice changes the policy of one desk phone.
type DeskPhoneDevice struct {
	ID     string       `json:"id"`
	Policy DevicePolicy `json:"policy"`
}

// DevicePolicy switches a desk phone's features. Absent members stay.
type DevicePolicy struct {
	CallControl *Switch `json:"call_control,omitempty"`
	HotDesking  *Switch `json:"hot_desking,omitempty"`
}

// Switch is "on" or "off".
type Switch struct {
	Status string `json:"status"`
}

// IntercomSetting changes the device of an intercom.
type IntercomSetting struct {
	ExtensionID string `json:"extension_id,omitempty"`
	DeviceID    string `json:"device_id,omitempty"`
}

// AddSharedAccess adds a grant, an assistant or a desk phone to a user and gives
// Zoom's answer, which names the new shared ids. Because adding twice is not the
// same as adding once, it is not sent again after a fault that leaves open
// whether Zoom has done it.
//
// https://developers.zoom.us/docs/api/phone/#tag/users/POST/phone/users/{userId}/settings/{settingType}
func (c *Client) AddSharedAccess(ctx context.Context, userID string, t SettingType, s SharedSetting) (json.RawMessage, error) {
	return c.sharedAccess(ctx, http.MethodPost, userID, t, nil, &s)
}

// UpdateSharedAccess changes a grant, the delegation, desk phones or an intercom.
//
// https://developers.zoom.us/docs/api/phone/#tag/users/PATCH/phone/users/{userId}/settings/{settingType}
func (c *Client) UpdateSharedAccess(ctx context.Context, userID string, t SettingType, s SharedSetting) error {
	_, err := c.sharedAccess(ctx, http.MethodPatch, userID, t, nil, &s)
	return err
}

// DeleteSharedAccess takes a grant, an assistant, a desk phone or an intercom
// from a user. What ref names depends on the setting type: the shared id of a
// grant, the extension id of an assistant or intercom, the id of a device.
//
// https://developers.zoom.us/docs/api/phone/#tag/users/DELETE/phone/users/{userId}/settings/{settingType}
func (c *Client) DeleteSharedAccess(ctx context.Context, userID string, t SettingType, ref string) error {
	parameter, ok := map[SettingType]string{
		VoiceMail: "shared_id", AutoCallRecording: "shared_id", AdHocCallRecording: "shared_id",
		Delegation: "assistant_extension_id", DeskPhone: "device_id", Intercom: "intercom_extension_id",
	}[t]
	if !ok || ref == "" {
		return &Error{Op: sharedAccessEndpoint.op, Kind: ErrRejected, Message: fmt.Sprintf("setting type %q with reference %q names nothing to delete", t, ref)}
	}
	_, err := c.sharedAccess(ctx, http.MethodDelete, userID, t, url.Values{parameter: {ref}}, nil)
	return err
}

func (c *Client) sharedAccess(ctx context.Context, method, userID string, t SettingType, query url.Values, s *SharedSetting) ([]byte, error) {
	id, err := segment(sharedAccessEndpoint, userID)
	if err != nil {
		return nil, err
	}
	setting, err := segment(sharedAccessEndpoint, string(t))
	if err != nil {
		return nil, err
	}
	var body []byte
	if s != nil {
		if body, err = json.Marshal(s); err != nil {
			return nil, fmt.Errorf("%s: %w", sharedAccessEndpoint.op, err)
		}
	}
	return c.send(ctx, call{
		endpoint: sharedAccessEndpoint, method: method, query: query, body: body, once: method == http.MethodPost,
		path: "/phone/users/" + id + "/settings/" + setting,
	})
}
