package bankemu

// Requisites of the default scenario's merchant, the company `merchant` of scenarios/00-default.json. They pass the
// bank's check-digit rules and belong to nobody.
const (
	MerchantName        = "ООО «Снабжение и сервис»"
	MerchantINN         = "9901011011"
	MerchantKPP         = "990101001"
	MerchantAccount     = "40702810138001000101"
	MerchantBIC         = "044525225"
	MerchantCorrAccount = "30101810400000000225"
)

// DefaultClientID is the partner of the default scenario.
const DefaultClientID = "111286"

const (
	formOOO  = "Общество с ограниченной ответственностью"
	formIP   = "Индивидуальный предприниматель"
	formGKFH = "Глава крестьянского (фермерского) хозяйства"
)
