package render

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

// Object is a manifest of a kind that is known.
type Object interface {
	meta.Object
	runtime.Object
}

// Name gives kind and name of an object.
func Name(o Object) string { return o.GetObjectKind().GroupVersionKind().Kind + "/" + o.GetName() }

// Decode reads manifests strictly: a field that their types do not have, or that is there twice, is an error.
func Decode(text string) ([]Object, error) {
	known := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, monitoring.AddToScheme} {
		if err := add(known); err != nil {
			return nil, err
		}
	}
	decoder := serializer.NewCodecFactory(known, serializer.EnableStrict).UniversalDeserializer()
	documents := yaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	var objects []Object
	var faults []error
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects, errors.Join(faults...)
		}
		if err != nil {
			return nil, err
		}
		if empty(document) {
			continue
		}
		decoded, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			faults = append(faults, fmt.Errorf("%w\n%s", err, document))
			continue
		}
		object, ok := decoded.(Object)
		if !ok {
			return nil, fmt.Errorf("%T has no metadata", decoded)
		}
		objects = append(objects, object)
	}
}

// empty tells whether a document holds nothing but comments.
func empty(document []byte) bool {
	for line := range bytes.Lines(document) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && string(line) != "---" {
			return false
		}
	}
	return true
}

// Pod gives the template of the pods that an object makes, or nil.
func Pod(o Object) *core.PodTemplateSpec {
	switch o := o.(type) {
	case *apps.Deployment:
		return &o.Spec.Template
	case *batch.CronJob:
		return &o.Spec.JobTemplate.Spec.Template
	case *batch.Job:
		return &o.Spec.Template
	default:
		return nil
	}
}

// AsPod makes the pod that a controller would make of an object, or nil.
func AsPod(o Object) *core.Pod {
	template := Pod(o)
	if template == nil {
		return nil
	}
	pod := &core.Pod{ObjectMeta: *template.ObjectMeta.DeepCopy(), Spec: *template.Spec.DeepCopy()}
	pod.SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: "Pod"})
	pod.Name = strings.ToLower(o.GetObjectKind().GroupVersionKind().Kind) + "-" + o.GetName()
	return pod
}
