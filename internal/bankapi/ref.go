package bankapi

import "context"

// RefOf is the reference that WithRef put into ctx, or nothing.
func RefOf(ctx context.Context) string {
	ref, _ := ctx.Value(refKey{}).(string)
	return ref
}
