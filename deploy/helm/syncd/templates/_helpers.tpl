{{/* Name of everything: the release's, with the chart's where that is not in it. */}}
{{- define "syncd.name" -}}
{{- $name := .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name)) -}}
{{- /* A CronJob adds 11 characters, and we add up to 20; together they must stay below 63. */ -}}
{{- $name | trunc 32 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels that select pods, and never change. */}}
{{- define "syncd.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of an object. */}}
{{- define "syncd.labels" -}}
{{ include "syncd.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | trimAll "-_." | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Name and namespace, and labels of a part: a dict of root, and of name and component where they are not those of everything. */}}
{{- define "syncd.metadata" -}}
name: {{ .name | default (include "syncd.name" .root) }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "syncd.labels" .root | nindent 2 }}
  {{- with .component }}
  app.kubernetes.io/component: {{ . }}
  {{- end }}
{{- end -}}

{{/* Labels and annotations of the pods of a component. */}}
{{- define "syncd.podMetadata" -}}
labels:
  {{- include "syncd.labels" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .component }}
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  kubectl.kubernetes.io/default-container: syncd
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "syncd.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "syncd.name" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{/* What the pods of all components have in common: what the restricted Pod Security Standard asks of a pod is here, and no value takes it away. */}}
{{- define "syncd.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false # they would be variables that begin with SYNCD_
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
securityContext:
  runAsNonRoot: true
  {{- with .Values.security.runAsUser }}
  runAsUser: {{ . }}
  {{- end }}
  {{- with .Values.security.runAsGroup }}
  runAsGroup: {{ . }}
  {{- end }}
  {{- with .Values.security.fsGroup }}
  fsGroup: {{ . }}
  {{- end }}
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What all containers have in common: image, security, resources. */}}
{{- define "syncd.container" -}}
image: {{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
terminationMessagePolicy: FallbackToLogsOnError
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
Secrets are mounted as files, and a variable names each file. A variable that holds a secret itself can be read in
/proc, is handed down to child processes, and shows in dumps; a file is shown to the one container that needs it.
*/}}
{{- define "syncd.secretVolume" -}}
- name: {{ .name }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 288 # 0440
    items:
      {{- range $path, $key := .items }}
      - {key: {{ $key }}, path: {{ $path }}}
      {{- end }}
{{- end -}}

{{/* Volumes of a component: a dict of root and component. */}}
{{- define "syncd.volumes" -}}
{{- $v := .root.Values -}}
{{- if eq .component "mirror" }}
{{ include "syncd.secretVolume" (dict "name" "zoom" "secret" $v.zoom.existingSecret "items" (dict "ZOOM_ACCOUNT_ID" $v.zoom.keys.accountId "ZOOM_CLIENT_ID" $v.zoom.keys.clientId "ZOOM_CLIENT_SECRET" $v.zoom.keys.clientSecret)) }}
{{- else if eq .component "prune" }}
{{ include "syncd.secretVolume" (dict "name" "zoom" "secret" $v.zoom.existingSecret "items" (dict "ZOOM_ACCOUNT_ID" $v.zoom.keys.accountId)) }}
{{- end }}
{{ include "syncd.secretVolume" (dict "name" "database" "secret" $v.database.existingSecret "items" (dict "DATABASE_URL" $v.database.key)) }}
{{- if and (eq .component "mirror") (eq $v.mode "cronjob") $v.pushgateway.existingSecret }}
{{ include "syncd.secretVolume" (dict "name" "pushgateway" "secret" $v.pushgateway.existingSecret "items" (dict "SYNCD_PUSHGATEWAY_URL" $v.pushgateway.key)) }}
{{- end }}
{{- with $v.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "syncd.volumeMounts" -}}
{{- $v := .root.Values -}}
{{- if ne .component "migrate" }}
- {name: zoom, mountPath: /etc/syncd/zoom, readOnly: true}
{{- end }}
- {name: database, mountPath: /etc/syncd/database, readOnly: true}
{{- if and (eq .component "mirror") (eq $v.mode "cronjob") $v.pushgateway.existingSecret }}
- {name: pushgateway, mountPath: /etc/syncd/pushgateway, readOnly: true}
{{- end }}
{{- with $v.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A value of a variable as text. Numbers of YAML are floating-point ones here: 1000000 must not become 1e+06. */}}
{{- define "syncd.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{/* Variables of a component. false is a value; what is empty is left to the program. */}}
{{- define "syncd.env" -}}
{{- $v := .root.Values -}}
{{- if ne .component "migrate" }}
- {name: ZOOM_ACCOUNT_ID_FILE, value: /etc/syncd/zoom/ZOOM_ACCOUNT_ID}
{{- end }}
{{- if eq .component "mirror" }}
- {name: ZOOM_CLIENT_ID_FILE, value: /etc/syncd/zoom/ZOOM_CLIENT_ID}
- {name: ZOOM_CLIENT_SECRET_FILE, value: /etc/syncd/zoom/ZOOM_CLIENT_SECRET}
{{- end }}
- {name: DATABASE_URL_FILE, value: /etc/syncd/database/DATABASE_URL}
{{- if and (eq .component "mirror") (eq $v.mode "cronjob") $v.pushgateway.existingSecret }}
{{- if $v.config.SYNCD_PUSHGATEWAY_URL }}{{ fail "give the Pushgateway either by pushgateway.existingSecret or by config.SYNCD_PUSHGATEWAY_URL, not by both" }}{{ end }}
- {name: SYNCD_PUSHGATEWAY_URL_FILE, value: /etc/syncd/pushgateway/SYNCD_PUSHGATEWAY_URL}
{{- end }}
{{- if and (eq .component "mirror") (eq $v.mode "deployment") }}
- {name: SYNCD_LISTEN, value: ":9090"}
{{- end }}
{{- if eq .component "prune" }}
- {name: SYNCD_HISTORY, value: {{ required "prune.history says how long history is kept" $v.prune.history | quote }}}
{{- end }}
{{- range $name, $value := $v.config }}
{{- $text := include "syncd.text" $value }}
{{- if and (not (kindIs "invalid" $value)) (ne $text "") (or (eq $.component "mirror") (hasPrefix "SYNCD_LOG_" $name)) }}
- {name: {{ $name }}, value: {{ $text | quote }}}
{{- end }}
{{- end }}
{{- if eq .component "mirror" }}
{{- range $name, $value := $v.otel }}
- {name: {{ $name }}, value: {{ include "syncd.text" $value | quote }}}
{{- end }}
{{- end }}
{{- with $v.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "syncd.migrateArgs" -}}
[migrate
{{- range .Values.migrate.readers }}, {{ printf "--reader=%s" . | quote }}{{ end -}}
{{- range .Values.migrate.piiReaders }}, {{ printf "--pii-reader=%s" . | quote }}{{ end -}}
]
{{- end -}}

{{/* The container that brings the schema up to date. It gets the database and no credentials of Zoom. */}}
{{- define "syncd.migrateContainer" -}}
{{- $part := dict "root" . "component" "migrate" -}}
- name: migrate
  {{- include "syncd.container" . | nindent 2 }}
  args: {{ include "syncd.migrateArgs" . }}
  env:
    {{- include "syncd.env" $part | trim | nindent 4 }}
  volumeMounts:
    {{- include "syncd.volumeMounts" $part | trim | nindent 4 }}
{{- end -}}

{{/* A file of deploy/, with the links of this installation. */}}
{{- define "syncd.file" -}}
{{- $text := .root.Files.Get .path | required (printf "the chart lacks %s" .path) -}}
{{- $text = $text | replace "docs/runbook.md" (.root.Values.runbookURL | default "docs/runbook.md") -}}
{{- $text | replace "+ 3600" (printf "+ %d" (int .root.Values.prometheusRule.cronjobIntervalSeconds)) -}}
{{- end -}}

{{/*
Ways out: rules of a NetworkPolicy. DNS may be on an address of the node, so it has no peer. A policy is asked about the port of the pod that a
Service leads to, which is 5353 for DNS on OpenShift.
*/}}
{{- define "syncd.egress" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
    - {port: 5353, protocol: UDP}
    - {port: 5353, protocol: TCP}
- ports:
    - {port: {{ .Values.networkPolicy.databasePort }}, protocol: TCP}
  {{- with .Values.networkPolicy.databaseTo }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
