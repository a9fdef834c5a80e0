-- Words in braces differ between the databases, see dialect.go. Money is kopecks, time is unix milliseconds UTC
-- (0 = none), a flag is 0 or 1. A "key" is a text that is compared by its bytes whatever the database's locale is.

-- +goose Up

create table carts (
	id         text primary key,
	version    {int} not null,
	last_order text not null,
	items      text not null, -- JSON: a cart is always read and written whole
	updated_at {int} not null
) {strict};
create index carts_updated on carts (updated_at);

create table orders (
	id               text primary key,
	number           {key} not null unique,
	cart_id          text not null,
	cart_version     {int} not null,
	subject          text not null,
	person_name      text not null,
	company_inn      text not null,
	company_kpp      text not null,
	company_name     text not null,
	law_form         text not null,
	contact_name     text not null,
	phone            text not null,
	email            text not null,
	delivery_address text not null,
	comment          text not null,
	total            {int} not null,
	vat              {int} not null,
	state            text not null check (state in ('placed', 'cancel_requested', 'cancelled')),
	placed_at        {int} not null,
	version          {int} not null,
	-- Derived from the payments and lines; only for lists.
	paid             {int} not null,
	bucket           text not null check (bucket in ('unpaid', 'waiting', 'partly', 'paid', 'cancelled')),
	attention        {int} not null check (attention in (0, 1)),
	line_count       {int} not null,
	unique (cart_id, cart_version)
) {strict};
create index orders_placed on orders (placed_at, number);
create index orders_bucket on orders (bucket, placed_at, number);
create index orders_bucket_number on orders (bucket, number);
create index orders_company on orders (company_inn, placed_at, number);
create index orders_company_bucket on orders (company_inn, bucket, placed_at, number);
create index orders_company_number on orders (company_inn, number);
create index orders_attention on orders (placed_at, number) where attention = 1;

create table order_lines (
	order_id   text not null references orders (id),
	pos        {int} not null,
	product_id text not null,
	slug       text not null,
	sku        text not null,
	name       text not null,
	unit       text not null,
	quantity   {int} not null check (quantity > 0),
	price      {int} not null,
	total      {int} not null,
	vat_rate   {int} not null,
	vat        {int} not null,
	primary key (order_id, pos)
) {strict};

create table order_events (
	order_id    text not null references orders (id),
	seq         {int} not null,
	at          {int} not null,
	kind        text not null,
	actor       text not null,
	external_id text not null,
	from_state  text not null,
	to_state    text not null,
	note        text not null,
	detail      text not null,
	primary key (order_id, seq)
) {strict};

create table payments (
	external_id     text primary key,
	order_id        text not null references orders (id),
	attempt         {int} not null,
	method          text not null check (method in ('credit', 'line', 'invoice')),
	amount          {int} not null check (amount > 0),
	credit_amount   {int} not null,
	product_code    text not null,
	term            {int} not null,
	contract_number text not null,
	subject         text not null,
	contour         text not null,
	state           text not null check (state in ('submitting', 'rejected_pending', 'awaiting_customer', 'processing', 'paid', 'failed')),
	bank_status     text not null,
	bank_comment    text not null,
	reason          text not null,
	late            {int} not null check (late in (0, 1)),
	refused_hint    {int} not null check (refused_hint in (0, 1)),
	released        {int} not null check (released in (0, 1)),
	review          text not null,
	needs_login     {int} not null check (needs_login in (0, 1)),
	payload         {blob} not null,
	payload_hash    text not null,
	misses          {int} not null,
	tries           {int} not null,
	created_at      {int} not null,
	sent_at         {int} not null,
	expires_at      {int} not null,
	changed_at      {int} not null,
	checked_at      {int} not null,
	check_at        {int} not null,
	paid_at         {int} not null,
	-- Derived from the above; only for indexes.
	live            {int} not null check (live in (0, 1)),    -- blocks another payment of the order
	watched         {int} not null check (watched in (0, 1)), -- its end is not known yet
	attention       {int} not null check (attention in (0, 1)),
	-- The store's own: nobody else asks about this payment before.
	lease_until     {int} not null,
	unique (order_id, attempt)
) {strict};
create unique index one_live on payments (order_id) where live = 1;
create index payments_due on payments (check_at, lease_until) where watched = 1;
create index payments_attention on payments (external_id) where attention = 1;

create table accounts (
	subject     text primary key,
	company_inn text not null,
	identity    {blob} not null, -- sealed JSON
	as_of       {int} not null
) {strict};

create table grants (
	subject      text primary key,
	company_inn  text not null,
	access       {blob} not null, -- sealed, as the next two
	refresh      {blob} not null,
	prev_refresh {blob} not null,
	scope        text not null,
	expires_at   {int} not null,
	obtained_at  {int} not null,
	version      {int} not null,
	lease_until  {int} not null,
	dead         {int} not null check (dead in (0, 1))
) {strict};
create index grants_alive on grants (company_inn, obtained_at) where dead = 0;

create table merchant (
	id           {int} primary key check (id = 1),
	subject      text not null,
	name         {blob} not null, -- sealed
	connected_at {int} not null
) {strict};

create table snapshots (
	id    text primary key,
	body  {blob} not null, -- sealed
	as_of {int} not null
) {strict};

create table sign_in_attempts (
	id         text primary key,
	data       {blob} not null, -- sealed JSON
	expires_at {int} not null
) {strict};
create index sign_in_attempts_expiry on sign_in_attempts (expires_at);

create table sessions (
	id         text primary key,
	subject    text not null,
	data       {blob} not null, -- sealed
	created_at {int} not null,
	seen_at    {int} not null,
	expires_at {int} not null
) {strict};
create index sessions_expiry on sessions (expires_at);

-- The catalogue is kept in generations: an import writes a new one beside the one that is served, then the pointer
-- moves. n numbers products and categories inside a generation in the order of the feed; products from 0,
-- categories from 1 (category 0 is "everything").

create table catalog_generations (
	gen        {int} primary key,
	categories {int} not null,
	products   {int} not null
) {strict};

create table catalog_current (
	id  {int} primary key check (id = 1),
	gen {int} not null
) {strict};

create table catalog_categories (
	gen       {int} not null,
	n         {int} not null,
	id        text not null,
	parent_id text not null,
	slug      text not null,
	name      text not null,
	products  {int} not null, -- in it and below it
	primary key (gen, n),
	unique (gen, slug)
) {keyed};

create table catalog_products (
	gen         {int} not null,
	n           {int} not null,
	id          text not null,
	slug        text not null,
	sku         text not null,
	name        text not null,
	vendor      text not null,
	unit        text not null,
	category_id text not null,
	price       {int} not null,
	vat_rate    {int},          -- null = the feed names none
	available   {int} not null,
	picture     text not null,
	params      text not null,   -- JSON
	description text not null,
	primary key (gen, n),
	unique (gen, id),
	unique (gen, slug)
) {strict};

-- The n of a category's products in one of the orders of a listing, 4 bytes each, cut into blocks of equal length:
-- any page is found by its place, without counting over the ones before it.
create table catalog_listings (
	gen      {int} not null,
	category {int} not null,
	sort     text not null,
	block    {int} not null,
	products {blob} not null,
	primary key (gen, category, sort, block)
) {strict};

-- The n of all products that have a search term, 4 bytes each, ascending.
create table catalog_terms (
	gen      {int} not null,
	term     {key} not null,
	products {blob} not null,
	primary key (gen, term)
) {strict};
