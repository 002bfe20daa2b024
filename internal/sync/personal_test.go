package sync

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

// TestPaths_classify_every_documented_path compares the shipped list with the
// paths of Zoom's documentation, which the simulated account has on its own.
func TestPaths_classify_every_documented_path(t *testing.T) {
	t.Parallel()
	classes := map[string][]string{}
	for _, c := range classifiedPaths() {
		key := string(c.kind) + " " + c.path
		if classes[key] != nil {
			t.Errorf("%s is listed twice", key)
		}
		classes[key] = c.classes
		visible := 0
		for _, class := range c.classes {
			if class != "volatile" {
				visible++
			}
		}
		if visible != 1 {
			t.Errorf("%s: classes %v, want one of public, personal and secret", key, c.classes)
		}
	}
	documented := 0
	for _, kind := range []db.Document{db.DocumentList, db.DocumentProfile, db.DocumentSettings, db.DocumentUserSettings} {
		file, err := os.ReadFile("../zoom/zoomtest/testdata/" + string(kind) + "_paths.txt")
		if err != nil {
			t.Fatal(err)
		}
		paths := strings.Fields(string(file))
		for _, path := range paths {
			inner := slices.ContainsFunc(paths, func(other string) bool {
				return strings.HasPrefix(other, path+".") || strings.HasPrefix(other, path+"[].")
			})
			name, ofUser := strings.CutPrefix(path, "users[].")
			if inner || kind == db.DocumentList && !ofUser {
				continue
			}
			documented++
			if key := string(kind) + " " + name; classes[key] == nil && classes[key+"[]"] == nil {
				t.Errorf("%s is not classified", key)
			}
		}
	}
	if documented < 500 {
		t.Errorf("only %d documented paths were found", documented)
	}
}

func TestPaths_that_are_no_ordinary_ones(t *testing.T) {
	t.Parallel()
	var got []string
	for _, c := range classifiedPaths() {
		if !slices.Equal(c.classes, []string{"public"}) {
			got = append(got, string(c.kind)+" "+c.path+" "+strings.Join(c.classes, " "))
		}
	}
	want := []string{
		"profile emergency_address personal",
		"profile emergency_address.address_line1 personal",
		"profile emergency_address.address_line2 personal",
		"profile emergency_address.city personal",
		"profile emergency_address.country personal",
		"profile emergency_address.id personal",
		"profile emergency_address.state_code personal",
		"profile emergency_address.zip personal",
		"settings desk_phone.pin_code secret",
		"settings desk_phone.devices[].status public volatile",
		"settings desk_phone.devices[].mac_address personal",
		"settings desk_phone.devices[].private_ip personal volatile",
		"settings desk_phone.devices[].public_ip personal volatile",
		"settings intercom.audio_intercoms[].device_status public volatile",
		"user_settings recording.ip_address_access_control personal",
		"user_settings recording.ip_address_access_control.enable personal",
		"user_settings recording.ip_address_access_control.ip_addresses_or_ranges personal",
		"user_settings schedule_meeting.default_password_for_scheduled_meetings secret",
		"user_settings schedule_meeting.pmi_password secret",
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestPersonal_names: of a path that is not listed, the name decides. That of a
// documented one that is personal would be found by its name or by what it is in.
func TestPersonal_names(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"mac_address", "macAddress", "MAC", "mac", "ip", "private_ip", "publicIP", "ipv4", "IPv6Address", "ip_addresses", "address", "home_address", "address_line3",
		"zip", "zip_code", "street", "postal_code", "latitude", "serial_number", "imei", "birthday", "default_emergency_address", "bssid",
		"city", "City", "homeCity", "addr", "home_addr", "homeaddr", "ipaddr", "macs", "userip", "userIP", "client_ip2", "hostname", "lat", "lon", "lng",
		"location", "userLocation", "location_id", "dob", "home_phone", "homePhone", "homephone", "mailing_address", "streetaddress",
		"IPv4", "IPv6", "IPv4s", "deviceIPv6", "IPv6Prefix", "IPv4prefix", "privateipv4", "publicipv6", "ipv6prefix", "ipv", "IPsec", "MACaddr", "userMACs", "SSIDname",
		"CITYname", "ZIPcode", "LATvalue", "IP4gateway", "GPSposition",
	} {
		if !looksPersonal(name) {
			t.Errorf("%q is taken for public; its words are %q", name, wordsOf(name))
		}
	}
	for _, name := range []string{
		"", "id", "name", "email_address", "mailAddresses", "shipping", "trip", "script", "machine", "zipped", "status", "number", "description", "tip", "streetwise", "macro",
		"velocity", "capacity", "simplicity", "flat", "latest", "platform", "long", "relocation", "voip", "sip", "ownership", "host_id", "phone", "phone_home",
		"dobby", "latency", "emailaddress", "work_email_address",
		"PHONEnumber", "SIPuser", "IDs", "URLs", "shipv4x", "SMSes",
	} {
		if looksPersonal(name) {
			t.Errorf("%q is taken for personal; its words are %q", name, wordsOf(name))
		}
	}
}
