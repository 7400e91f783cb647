{{- define "gluepot.name" -}}
{{- if contains "gluepot" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-gluepot" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "gluepot.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{- define "gluepot.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "gluepot.name" .) -}}
{{- else -}}
{{- required "serviceAccount.name is needed where serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "gluepot.selector" -}}
app.kubernetes.io/name: gluepot
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "gluepot.labels" -}}
{{ include "gluepot.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* The environment of every role. Secrets come by reference. */}}
{{- define "gluepot.env" -}}
- name: GLUEPOT_CATALOG_URL
  valueFrom: { secretKeyRef: { name: {{ .Values.secretName }}, key: catalog-url } }
- name: GLUEPOT_SEALING_KEY
  valueFrom: { secretKeyRef: { name: {{ .Values.secretName }}, key: sealing-key } }
- name: GLUEPOT_S3__REGION
  value: {{ .Values.s3.region | quote }}
- name: GLUEPOT_S3__PATH_STYLE
  value: {{ .Values.s3.pathStyle | quote }}
{{- with .Values.s3.endpointUrl }}
- name: GLUEPOT_S3__ENDPOINT_URL
  value: {{ . | quote }}
{{- end }}
{{- with .Values.s3.secretName }}
- name: GLUEPOT_S3__ACCESS_KEY_ID
  valueFrom: { secretKeyRef: { name: {{ . }}, key: access-key-id } }
- name: GLUEPOT_S3__SECRET_ACCESS_KEY
  valueFrom: { secretKeyRef: { name: {{ . }}, key: secret-access-key } }
{{- end }}
{{- if .Values.sparkOnKubernetes }}
- name: GLUEPOT_LAUNCH__KUBERNETES__MASTER
  value: k8s://https://kubernetes.default.svc
- name: GLUEPOT_LAUNCH__KUBERNETES__IMAGE
  value: {{ include "gluepot.image" . | quote }}
- name: GLUEPOT_LAUNCH__KUBERNETES__NAMESPACE
  value: {{ .Release.Namespace }}
- name: GLUEPOT_LAUNCH__KUBERNETES__SERVICE_ACCOUNT
  value: {{ include "gluepot.serviceAccount" . }}
- name: GLUEPOT_LAUNCH__KUBERNETES__FACTS_SECRET
  value: {{ .Values.factsSecretName }}
{{- end }}
{{- range $name, $value := .Values.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* One role's Deployment; the caller gives root, role, values, args, and optionally probes. */}}
{{- define "gluepot.deployment" -}}
{{- $root := .root -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "gluepot.name" $root }}-{{ .role }}
  labels:
    {{- include "gluepot.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .role }}
spec:
  replicas: {{ .values.replicas }}
  selector:
    matchLabels:
      {{- include "gluepot.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ .role }}
  template:
    metadata:
      labels:
        {{- include "gluepot.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .role }}
      {{- with $root.Values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "gluepot.serviceAccount" $root }}
      automountServiceAccountToken: {{ and (eq .role "worker") $root.Values.sparkOnKubernetes }}
      terminationGracePeriodSeconds: {{ .grace }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        fsGroup: 10001
        seccompProfile: { type: RuntimeDefault }
      {{- with $root.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      containers:
        - name: {{ .role }}
          image: {{ include "gluepot.image" $root | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: {{ .args | toJson }}
          env:
            {{- include "gluepot.env" $root | nindent 12 }}
            {{- range .env }}
            - name: {{ .name }}
              value: {{ .value | quote }}
            {{- end }}
          {{- if eq .role "api" }}
          ports:
            - { name: http, containerPort: 8470 }
          startupProbe:
            httpGet: { path: /healthz, port: http }
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: { path: /healthz, port: http }
            periodSeconds: 10
            failureThreshold: 3
          readinessProbe:
            httpGet: { path: /readyz, port: http }
            periodSeconds: 5
          {{- end }}
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          volumeMounts:
            - { name: state, mountPath: /var/lib/gluepot }
            - { name: scratch, mountPath: /tmp }
            {{- range $folder, $name := $root.Values.definitions }}
            - { name: conf-{{ $folder }}, mountPath: /opt/gluepot/conf/{{ $folder }}, readOnly: true }
            {{- end }}
      volumes:
        - { name: state, emptyDir: {} }
        - { name: scratch, emptyDir: {} }
        {{- range $folder, $name := $root.Values.definitions }}
        - { name: conf-{{ $folder }}, configMap: { name: {{ $name }} } }
        {{- end }}
      {{- with $root.Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
