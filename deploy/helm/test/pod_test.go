package test

import (
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"syncd/deploy/helm/test/render"
)

// TestEvery_way_is_decoded_and_restricted holds every way of installing against the types of Kubernetes and the restricted
// Pod Security Standard, check by check.
func TestEvery_way_is_decoded_and_restricted(t *testing.T) {
	t.Parallel()
	for _, c := range render.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			text, err := c.Render()
			if err != nil {
				t.Fatal(err)
			}
			pods := 0
			seen := map[string]bool{}
			for _, object := range decode(t, text) {
				if name := render.Name(object) + object.GetNamespace(); seen[name] {
					t.Errorf("%s is there twice", name)
				} else {
					seen[name] = true
				}
				if template := render.Pod(object); template != nil {
					pods++
					checkRestricted(t, render.Name(object), template)
					checkPod(t, render.Name(object), &template.Spec)
				}
			}
			if pods == 0 {
				t.Error("it makes no pods")
			}
		})
	}
}

func checkRestricted(t *testing.T, name string, template *core.PodTemplateSpec) {
	t.Helper()
	for _, check := range policy.DefaultChecks() {
		newest := check.Versions[len(check.Versions)-1]
		verdict := newest.CheckPod(&template.ObjectMeta, &template.Spec)
		if !verdict.Allowed {
			t.Errorf("%s: %s (%s): %s %s", name, check.ID, check.Level, verdict.ForbiddenReason, verdict.ForbiddenDetail)
			continue
		}
		t.Logf("%s: %-10s %s", name, check.Level, check.ID)
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, verdict := range evaluator.EvaluatePod(api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}, &template.ObjectMeta, &template.Spec) {
		if !verdict.Allowed {
			t.Errorf("%s: %s %s", name, verdict.ForbiddenReason, verdict.ForbiddenDetail)
		}
	}
}

// checkPod holds what the standard does not ask: no token, a root that cannot be written to, secrets as files.
func checkPod(t *testing.T, name string, pod *core.PodSpec) {
	t.Helper()
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		t.Errorf("%s: the token of the service account is mounted", name)
	}
	if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks {
		t.Errorf("%s: variables of services that are called syncd-something begin with SYNCD_", name)
	}
	if pod.TerminationGracePeriodSeconds == nil || *pod.TerminationGracePeriodSeconds < 45 {
		t.Errorf("%s: an order to stop takes half a minute, and then come the last metrics (10 s) and traces (5 s)", name)
	}
	for _, volume := range pod.Volumes {
		if volume.Secret != nil && (volume.Secret.DefaultMode == nil || *volume.Secret.DefaultMode != 0o440 || len(volume.Secret.Items) == 0) {
			t.Errorf("%s: volume %s must be readable by the group alone, and hold only what is asked for", name, volume.Name)
		}
	}
	for _, container := range slices.Concat(pod.InitContainers, pod.Containers) {
		security := container.SecurityContext
		if security == nil || security.ReadOnlyRootFilesystem == nil || !*security.ReadOnlyRootFilesystem {
			t.Errorf("%s: the root of %s can be written to", name, container.Name)
		}
		if container.Resources.Requests.Cpu().IsZero() || container.Resources.Limits.Memory().IsZero() {
			t.Errorf("%s: %s has no requests or no limit of memory", name, container.Name)
		}
		for _, mount := range container.VolumeMounts {
			if !mount.ReadOnly {
				t.Errorf("%s: %s may write to %s", name, container.Name, mount.MountPath)
			}
			if container.Name == "migrate" && mount.Name == "zoom" {
				t.Errorf("%s: migrations need no credentials of Zoom", name)
			}
		}
		for _, variable := range container.Env {
			if file, is := strings.CutSuffix(variable.Name, "_FILE"); is && !mounted(pod, container, variable.Value) {
				t.Errorf("%s: %s names %s, and nothing is mounted there", name, file, variable.Value)
			}
		}
	}
}

// mounted tells whether a file of a secret is where a variable says.
func mounted(pod *core.PodSpec, container core.Container, path string) bool {
	for _, mount := range container.VolumeMounts {
		file, under := strings.CutPrefix(path, mount.MountPath+"/")
		at := slices.IndexFunc(pod.Volumes, func(v core.Volume) bool { return v.Name == mount.Name })
		if !under || at < 0 || pod.Volumes[at].Secret == nil {
			continue
		}
		return slices.ContainsFunc(pod.Volumes[at].Secret.Items, func(item core.KeyToPath) bool { return item.Path == file })
	}
	return strings.HasPrefix(path, "/etc/syncd/authority/") // of extraVolumes
}
