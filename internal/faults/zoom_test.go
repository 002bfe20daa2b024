//go:build faults || soak

package faults

import (
	"slices"
	"time"

	"syncd/internal/zoom/zoomtest"
)

// during makes passes while Zoom answers with these faults.
func during(f zoomtest.Faults) func(x *trial) {
	return func(x *trial) {
		x.account.SetFaults(f)
		x.persist(3)
	}
}

// until makes one pass under faults that the program cannot get over, and has it made again without them.
func until(f zoomtest.Faults) func(x *trial) {
	return func(x *trial) {
		x.account.SetFaults(f)
		x.sync()
		x.outdated = true
	}
}

// everything is each fault of single answers at the same chance, and now and then all tokens revoked.
func everything(chance float64) zoomtest.Faults {
	return zoomtest.Faults{
		InternalError: chance, BadGateway: chance, BrokenBody: chance, Garbage: chance, Reset: chance,
		SlowBody: chance, SlowBodyFor: 200 * time.Millisecond,
		Throttle: chance, DailyLimit: chance, DailyLimitFor: 2 * time.Second, TokenFaults: chance, RevokeEvery: 100, ShuffleList: true,
	}
}

// refuseUsers lets the details of every tenth user answer 403.
func refuseUsers(x *trial) {
	var refused []string
	for i, u := range x.account.Users() {
		if i%10 == x.number {
			refused = append(refused, u.ID)
		}
	}
	until(zoomtest.Faults{Forbidden: refused})(x)
	x.wantCode(exitPartial)
}

// loseScope takes a scope from the app at a random moment, as Zoom does when the app's owner loses a role.
func loseScope(x *trial) {
	scopes := zoomtest.DefaultScopes()
	x.syncWhile(func() { x.account.SetScopes(slices.Delete(slices.Clone(scopes), x.number, x.number+1)...) })
	x.account.SetScopes(scopes...)
	x.outdated = true
}

// revokeTokens makes all access tokens invalid at a random moment.
func revokeTokens(x *trial) { x.syncWhile(x.account.RevokeTokens) }

// expirePageTokens does so with page tokens, at a random moment of the listing.
func expirePageTokens(x *trial) {
	x.alarm.set(moment{request: 1 + x.dice.IntN(manyUsers/pageSize)}, x.account.ExpirePageTokens)
	x.sync()
	x.alarm.stop()
}

// syncWhile makes a pass while something happens at a random moment.
func (x *trial) syncWhile(happens func()) {
	x.Helper()
	x.alarm.set(moment{request: momentIn(x.dice, x.needed).request}, happens)
	x.sync()
	x.alarm.stop()
}

// truncate lets every listing end with a page before its last, one after the other; silent ones do not say how many
// users there are.
func truncate(silent bool) func(x *trial) {
	return func(x *trial) {
		until(zoomtest.Faults{TruncateListAtPage: 1 + x.number, DropTotalRecords: silent})(x)
	}
}

// emptyList answers 200 and nobody.
func emptyList(x *trial) {
	until(zoomtest.Faults{EmptyList: true, DropTotalRecords: x.number%2 == 1})(x)
	if x.runs != 1 || x.last.status == "complete" {
		x.Errorf("a pass over an empty list is %s", x.last.status)
	}
}

// halfGone takes half of the users away. The pass is held; in every other trial they come back, in the others the
// operator lets them go.
func halfGone(x *trial) {
	var gone []string
	for i, u := range x.account.Users() {
		if i%2 == 0 {
			gone = append(gone, u.ID)
		}
	}
	x.account.Remove(gone...)
	x.sync()
	x.wantCode(exitHeld)
	x.wantNone("marked deleted by a held pass", "SELECT user_id FROM zoom.phone_users_all WHERE deleted_at IS NOT NULL")
	if x.number%2 == 0 {
		x.release()
		x.wantCode(exitComplete)
		current := x.database.Query("SELECT user_id FROM zoom.phone_users")
		if slices.ContainsFunc(current, func(row []string) bool { return slices.Contains(gone, row[0]) }) {
			x.Error("users are left whom the operator has let go")
		}
	}
	x.account.Return(gone...)
	x.revise(x.T)
	x.outdated = true
}

// release approves what the last pass has held back, and makes the pass that writes it.
func (x *trial) release() {
	x.Helper()
	hold := x.database.Value("SELECT hold_id FROM zoom.holds WHERE outcome IS NULL")
	if e := x.start(x.T, "approve", hold).wait(); e.code != exitComplete {
		x.Fatalf("syncd approve %s: exit code %d\n%s", hold, e.code, e.output)
	}
	x.sync()
}

// neighbour lets another app of the account use half of its budget.
func neighbour(x *trial) {
	for _, pool := range []string{zoomtest.PhoneLight, zoomtest.PhoneMedium, zoomtest.CoreMedium} {
		x.account.SetNeighbour(pool, float64(x.setting.limit)/2)
		x.Cleanup(func() { x.account.SetNeighbour(pool, 0) }) // it stays for the whole trial
	}
	x.persist(3)
}

// wantCode checks how the last run ended.
func (x *trial) wantCode(code int) {
	x.Helper()
	if x.last.code != code {
		x.Errorf("exit code %d, want %d", x.last.code, code)
	}
}
