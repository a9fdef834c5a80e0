package credit_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"creditcart/internal/bankapi"
	"creditcart/internal/bankemu"
	"creditcart/internal/money"
)

// A day of three pages, the first question of which is answered «being prepared».
func TestStatementAtTheEmulator(t *testing.T) {
	ctx, b := context.Background(), newBankWith(t, bankemu.DefaultScope+" "+bankemu.StatementScope)
	token := b.token("merchant-manager")
	for i := range 205 {
		b.control("POST", "/api/incoming", fmt.Sprintf(`{"account":"%s","amount":"%d.05","purpose":"платёж %d","payerInn":"7721662525"}`, bankemu.MerchantAccount, i+1, i+1))
	}
	got, err := b.client.Incoming(ctx, token, bankemu.MerchantAccount, "2026-11-22", bankapi.P4)
	if err != nil || len(got) != 205 {
		t.Fatalf("%d operations, %v", len(got), err)
	}
	for i, in := range got {
		if in.Problem != "" || in.Amount != money.Amount(i+1)*100+5 || in.Purpose != fmt.Sprintf("платёж %d", i+1) || in.PayerINN != "7721662525" || in.PayerName == "" || in.ID == "" || in.Day != "2026-11-22" {
			t.Fatalf("%d: %+v", i, in)
		}
	}
	if got, err := b.client.Incoming(ctx, token, bankemu.MerchantAccount, "2026-11-21", bankapi.P4); err != nil || len(got) != 0 {
		t.Errorf("a day without operations: %+v, %v", got, err)
	}
	if _, err := b.client.Incoming(ctx, token, bankemu.MerchantAccount, "2026-11-23", bankapi.P4); kind(err) != bankapi.Refused {
		t.Errorf("tomorrow: %v", err)
	}
	if _, err := b.client.Incoming(ctx, token, "40702810338001001418", "2026-11-22", bankapi.P4); kind(err) != bankapi.Forbidden {
		t.Errorf("an account of somebody else: %v", err)
	}
	b.now = time.Date(2026, 11, 22, 21, 30, 0, 0, time.UTC) // already tomorrow in Moscow
	if _, err := b.client.Incoming(ctx, b.token("merchant-manager"), bankemu.MerchantAccount, "2026-11-23", bankapi.P4); kind(err) != bankapi.Refused {
		t.Errorf("before 03:01 of the day: %v", err)
	}
}

func TestStatementThatIsNotGranted(t *testing.T) {
	b := newBank(t)
	if _, err := b.client.Incoming(context.Background(), b.token("merchant-manager"), bankemu.MerchantAccount, "2026-11-22", bankapi.P4); kind(err) != bankapi.Forbidden {
		t.Errorf("without the operation in the scope: %v", err)
	}
}
