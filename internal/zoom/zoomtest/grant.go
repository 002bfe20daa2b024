package zoomtest

import "strings"

// grant lets another user or a common area at a user's voicemail or recordings.
type grant struct {
	member, memberType, sharedID  string
	mayDelete, mayDownload, share bool
}

// accessKinds are the three arrays of grants by their name in the profile, and that of their deprecated twin in the
// settings.
func accessKinds() [][2]string {
	return [][2]string{
		{"voicemail_access_members", "voice_mail"},
		{"auto_call_recording_access_members", "auto_call_recording_access_members"},
		{"ad_hoc_call_recording_access_members", "ad_hoc_call_recording_access_members"},
	}
}

// grantsOf gives two users of five some grants, one in four of these the first one twice. The twin in the settings
// shows the same ones, and for one user in nine a further one.
func (a *Account) grantsOf(p *person, kind int, twin bool) []grant {
	rng := stream(a.opts.Seed, p.index, accessKinds()[kind][0])
	var grants []grant
	one := func(n int) {
		g := grant{
			memberType: "user", sharedID: a.minter.id(idGrant, p.index, kind*100+n),
			mayDelete: rng.IntN(2) == 0, mayDownload: rng.IntN(2) == 0, share: rng.IntN(2) == 0,
		}
		if rng.IntN(6) == 0 {
			g.member, g.memberType = a.minter.id(idCommonArea, rng.IntN(50), 0), "commonArea"
		} else {
			g.member = a.minter.id(idUser, rng.IntN(max(a.opts.Users, 1)), 0)
		}
		grants = append(grants, g)
	}
	if rng.IntN(5) < 2 {
		for n := range 1 + rng.IntN(3) {
			one(n)
		}
		if rng.IntN(4) == 0 {
			grants = append(grants, grants[0])
		}
	}
	if twin && p.index%9 == 4 {
		one(50)
	}
	return grants
}

// chooseGrant answers for the paths of grants, below prefix in the profile and in the settings for the twins.
func chooseGrant(w *writer, path, prefix string, twin bool) (choice, bool) {
	rest, ok := strings.CutPrefix(path, prefix)
	if !ok {
		return choice{}, false
	}
	for kind, names := range accessKinds() {
		name := names[0]
		if twin {
			name = names[1]
		}
		member, ok := strings.CutPrefix(rest, name)
		if !ok {
			continue
		}
		grants := w.account.grantsOf(w.person, kind, twin)
		if member == "" {
			return when(len(grants) > 0 || w.person.index%5 > 1, elements(len(grants))), true
		}
		g := grants[w.here()]
		switch strings.TrimPrefix(member, "[].") {
		case "access_user_id":
			return given(g.member), true
		case "access_user_type":
			return given(g.memberType), true
		case "shared_id":
			return given(g.sharedID), true
		case "delete", "allow_delete":
			return given(g.mayDelete), true
		case "download", "allow_download":
			return given(g.mayDownload), true
		case "allow_sharing":
			return given(g.share), true
		}
	}
	return choice{}, false
}
