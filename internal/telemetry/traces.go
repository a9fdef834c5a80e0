package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Traces sends spans to an OTLP/HTTP endpoint, e.g. http://127.0.0.1:4318, in the background. stop sends what is left.
func Traces(ctx context.Context, endpoint, version string, log *slog.Logger) (tracer trace.Tracer, stop func(context.Context) error, err error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimRight(endpoint, "/")+"/v1/traces"))
	if err != nil {
		return nil, nil, fmt.Errorf("telemetry: %w", err)
	}
	p := sdk.NewTracerProvider(sdk.WithBatcher(quiet{exporter, log}), sdk.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "creditcart"), attribute.String("service.version", version))))
	return p.Tracer("creditcart"), p.Shutdown, nil
}

// quiet tells failures to our log; OpenTelemetry's own would go to the standard one, in another form.
type quiet struct {
	sdk.SpanExporter
	log *slog.Logger
}

// ExportSpans implements the exporter.
func (q quiet) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if err := q.SpanExporter.ExportSpans(ctx, spans); err != nil {
		q.log.WarnContext(ctx, "traces were not sent", "spans", len(spans), "error", err)
	}
	return nil
}
