{{/* The name of everything: the release's, with the chart's where it is not in it. */}}
{{- define "name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "meterName" -}}
{{ include "name" . }}-meter
{{- end -}}

{{/* What selects pods; never changed, for a selector cannot be. */}}
{{- define "selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "labels" -}}
{{ include "selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "scheme" -}}
{{ ternary "https" "http" (not (empty .Values.tls.existingSecret)) }}
{{- end -}}

{{/* The port that the containers listen on, by service. */}}
{{- define "port" -}}
{{ get (dict "anomalydetector" "5000" "batches" "8000" "streams" "8080") .Values.service }}
{{- end -}}

{{- define "servicePort" -}}
{{ .Values.kubernetesService.port | default (include "port" .) }}
{{- end -}}

{{/* The seconds that a service needs to stop beyond those of the server; streams half of what a rebalance may take. */}}
{{- define "stopSeconds" -}}
{{ get (dict "anomalydetector" "0" "batches" "5" "streams" (div (add1 (get .Values.settings "Streams:Kafka:RebalanceSeconds" | default 60 | int)) 2 | toString)) .Values.service }}
{{- end -}}

{{/* The size of /tmp, where batches in mode compat holds the numbers of a file. */}}
{{- define "tmpSize" -}}
{{ .Values.tmp.size | default (get (dict "anomalydetector" "64Mi" "batches" "1Gi" "streams" "64Mi") .Values.service) }}
{{- end -}}

{{/* Not blank if the number of containers follows their load: work of batches and streams waits in its queue or topic, not for a CPU. */}}
{{- define "isAutoscaled" -}}
{{ if and .Values.autoscaling.enabled (eq .Values.service "anomalydetector") }}true{{ end }}
{{- end -}}

{{/* Where usage goes: connected to the embedded endpoint, to another one, or kept in a file. */}}
{{- define "billing" -}}
{{ .Values.billing | default (printf "http://%s:5001/" (include "meterName" .)) }}
{{- end -}}
