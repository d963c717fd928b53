// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz writes to the sysctls. The input is a list of entries: an octet that selects the
 * sysctl, and the text up to an octet of 0xff.
 *
 * An accepted text must be applied, must be read back, and must have the same effect when
 * the text that was read is written. A rejected text must change nothing. No memory may be
 * left allocated.
 */
#include "../unit/shim/module.h"

#define KBUILD_MODNAME	"fuzz"

#include "../../src/flow/fields.c"
#include "../../src/flow/selector.c"
#include "../../src/observe/hook_names.c"
#include "../../src/meter/memory.c"
#include "../../src/meter/maxflows.c"
#include "../../src/meter/aggregation_rules.c"
#include "../../src/meter/aggregation.c"
#include "../../src/export/interface_rules.c"
#include "../../src/transport/collector.c"
#include "../../src/transport/destination.c"
#include "../../src/control/old_values.c"
#undef pr_fmt
#include "../../src/control/apply.c"
#undef pr_fmt
#include "../../src/control/settings.c"
#include "../../src/control/sysctl.c"

unsigned int nfl_pernet_id;

static struct nfl_net first;

/* The values that were applied. */
static struct {
	u32 hooks;
	u16 extras;
	unsigned int destinations;
	u32 protocol, hashsize, sndbuf, selector, domain;
	bool natfields, promisc;
	u32 natevents;
} at_work;

int nfl_net_start(struct nfl_net *nn)
{
	assert(nn->lock.held);
	return 0;
}

int nfl_net_use(struct nfl_net *nn)
{
	assert(nn->lock.held);
	return 0;
}

void nfl_meter_set_hashsize(struct nfl_meter *meter, u32 flows)
{
	at_work.hashsize = flows;
}

void nfl_expire_timeouts_changed(struct nfl_meter *meter)
{
}

int nfl_natevents_enable(struct nfl_natevents *nat, bool counts)
{
	at_work.natevents = 1 + counts;
	return 0;
}

void nfl_natevents_disable(struct nfl_natevents *nat)
{
	at_work.natevents = 0;
}

int nfl_nat_hook_enable(struct nfl_nat_hook *hook)
{
	at_work.natfields = true;
	return 0;
}

void nfl_nat_hook_disable(struct nfl_nat_hook *hook)
{
	at_work.natfields = false;
}

void nfl_promisc_set(struct nfl_promisc *promisc, bool on)
{
	at_work.promisc = on;
}

int nfl_hook_set(struct nfl_hooks *hooks, u32 bits)
{
	assert(first.settings_lock.held && !first.lock.held);
	at_work.hooks = bits;
	return 0;
}

void nfl_export_want_extras(struct nfl_exporter *export, u16 extras)
{
	at_work.extras = extras;
}

void nfl_export_set_protocol(struct nfl_exporter *export, enum nfl_protocol_index protocol)
{
	at_work.protocol = protocol;
}

void nfl_export_domain_changed(struct nfl_exporter *export)
{
	at_work.domain = export->config->engine_id;
}

int nfl_export_set_log_size(struct nfl_exporter *export)
{
	return 0;
}

void nfl_export_set_sndbuf(struct nfl_exporter *export, u32 size)
{
	at_work.sndbuf = size;
}

int nfl_export_redirect(struct nfl_exporter *export, struct list_head *destinations)
{
	const struct nfl_destination *destination;

	at_work.destinations = 0;
	list_for_each_entry(destination, destinations, list)
		at_work.destinations++;
	return 0;
}

void nfl_export_flush(struct nfl_exporter *export)
{
}

void nfl_account_reset(struct nfl_exporter *export)
{
}

static const u32 versions[NFL_PROTOCOLS] = {
	[NFL_IPFIX] = 10, [NFL_NETFLOW9] = 9, [NFL_NETFLOW5] = 5,
};

int nfl_protocol_find(u32 version)
{
	int i;

	for (i = 0; i < NFL_PROTOCOLS; i++) {
		if (versions[i] == version)
			return i;
	}
	return -EINVAL;
}

int nfl_export_set_aggregation(struct nfl_exporter *export, const char *text)
{
	return nfl_aggregation_check(text);
}

int nfl_interface_numbers_check(const char *text)
{
	struct nfl_ifrules *rules = NULL;
	const int err = nfl_ifrules_parse(text, &rules);

	kfree(rules);
	return err;
}

int nfl_export_set_interface_rules(struct nfl_exporter *export, const char *text)
{
	assert(first.settings_lock.held && !first.lock.held);
	return nfl_interface_numbers_check(text);
}

void nfl_export_set_selector(struct nfl_exporter *export, u32 selector)
{
	at_work.selector = selector;
}

#define VALUE_MAX	2048

static void complain(const struct nfl_setting *setting, const char *what)
{
	fprintf(stderr, "%s: %s\n", setting->name, what);
	abort();
}

/* As the kernel calls the handler: the buffer has a NUL after the written text. */
static int sysctl_write(struct nfl_net *nn, const struct ctl_table *table, const char *text,
			size_t size)
{
	char *buffer = malloc(size + 1);
	size_t length = size;
	loff_t position = 0;
	int err;

	memcpy(buffer, text, size);
	buffer[size] = '\0';
	err = table->proc_handler(table, 1, buffer, &length, &position);
	free(buffer);
	if (err ? err != -EINVAL || position : (size_t)position != size)
		complain(table->extra1, "an error is EINVAL, and all or nothing is taken");
	if (shim_alloc_out || nn->lock.held || nn->settings_lock.held)
		complain(table->extra1, "something is left behind");
	return err;
}

static size_t sysctl_read(const struct ctl_table *table, char *text)
{
	size_t length = VALUE_MAX;
	loff_t position = 0;

	if (table->proc_handler(table, 0, text, &length, &position) || shim_alloc_out ||
	    !length || text[length - 1] != '\n')
		complain(table->extra1, "it cannot be read");
	return length;
}

/* Whether the values that are shown are the applied ones. */
static bool works(const struct nfl_net *nn)
{
	const struct nfl_config *config = &nn->config;
	LIST_HEAD(destinations);
	struct nfl_destination *destination;
	unsigned int count = 0;
	u32 hooks, selector;
	u16 extras;

	if (nfl_destinations_parse(config->destination, &destinations) ||
	    nfl_fields_parse(config->fields, &extras) || nfl_hook_parse(config->hooks, &hooks) ||
	    nfl_selector_parse(config->sampler, &selector))
		return false;
	list_for_each_entry(destination, &destinations, list)
		count++;
	nfl_destinations_free(&destinations);
	return at_work.destinations == count && at_work.extras == extras &&
	       at_work.hooks == hooks && at_work.selector == selector &&
	       versions[at_work.protocol] == config->protocol &&
	       at_work.hashsize == config->hashsize && at_work.sndbuf == config->sndbuf &&
	       at_work.domain == config->engine_id &&
	       at_work.natevents == config->natevents &&
	       at_work.natfields == config->natfields &&
	       at_work.promisc == config->promisc &&
	       nn->meter.flows_free.value == (long)(config->maxflows ?: INT_MAX) &&
	       (config->mtu == 0 || config->mtu >= NFL_MTU_LEAST) &&
	       (config->logsize == 0 || config->logsize >= NFL_LOG_LEAST) &&
	       ((s32)config->exportcpu < 0 || cpu_online(config->exportcpu));
}

static void check_number(const struct nfl_setting *setting, const struct nfl_net *nn)
{
	s64 value;

	if (setting->write != number_write)
		return;
	value = *number(setting, &nn->config);
	if (setting->least < 0)
		value = (s32)value;
	if (value < setting->least || value > setting->most)
		complain(setting, "it is out of its range");
}

/*
 * Numbers that ipt-netflow accepted and that are meaningful: each text that the C library
 * parses as a number in these ranges must be accepted here.
 */
static const struct {
	const char *name;
	long long least, most;
} taken_before[] = {
	{ "active_timeout", INT_MIN, INT_MAX }, { "inactive_timeout", 0, INT_MAX },
	{ "refresh_rate", 0, U32_MAX }, { "timeout_rate", 0, U32_MAX },
	{ "hashsize", INT_MIN, INT_MAX }, { "maxflows", INT_MIN, INT_MAX },
	{ "sndbuf", 0, INT_MAX }, { "engine_id", INT_MIN, INT_MAX },
	{ "natevents", INT_MIN, INT_MAX }, { "promisc", INT_MIN, INT_MAX },
	{ "scan_min", 0, U32_MAX }, { "debug", INT_MIN, INT_MAX },
	{ "exportcpu", INT_MIN, INT_MAX },
};

static void check_old(const struct nfl_setting *setting, const char *text, size_t size)
{
	char copy[32], *end;
	unsigned int i;
	long long value;

	if (!size || size >= sizeof(copy) || memchr(text, '\0', size))
		return;
	memcpy(copy, text, size);
	copy[size] = '\0';
	value = strtoll(copy, &end, 0);
	/* a single newline may follow; spaces are not part of a number */
	if (end == copy || *end || !(isdigit((u8)copy[0]) || copy[0] == '-'))
		return;
	for (i = 0; i < ARRAY_SIZE(taken_before); i++) {
		if (!strcmp(setting->name, taken_before[i].name) &&
		    value >= taken_before[i].least && value <= taken_before[i].most)
			complain(setting, "ipt-netflow took it, and it was refused");
	}
}

static void try_one(struct nfl_net *nn, const struct ctl_table *table, const char *text,
		    size_t size)
{
	static char before[VALUE_MAX], after[VALUE_MAX], again[VALUE_MAX];
	const size_t length_before = sysctl_read(table, before);
	size_t length;

	if (sysctl_write(nn, table, text, size)) {
		length = sysctl_read(table, after);
		if (length != length_before || memcmp(before, after, length))
			complain(table->extra1, "it was refused, and changed something");
		check_old(table->extra1, text, size);
	} else {
		length = sysctl_read(table, after);
		if (memchr(text, '\0', size))
			complain(table->extra1, "it is no text, and was taken");
		check_number(table->extra1, nn);
		/* flush reads as 0, and writing 0 to it does nothing */
		if (sysctl_write(nn, table, after, length) || sysctl_read(table, again) != length ||
		    memcmp(after, again, length))
			complain(table->extra1, "what is read does not mean what was written");
	}
	if (!works(nn))
		complain(table->extra1, "what is at work is not what is shown");
}

static void begin(struct nfl_net *nn)
{
	LIST_HEAD(destinations);

	memset(nn, 0, sizeof(*nn));
	memset(&at_work, 0, sizeof(at_work));
	nn->exporter.running = true;
	nn->exporter.config = &nn->config;
	nfl_config_init(&nn->config, false);
	at_work.destinations = 1;
	nn->meter.flows_free.value = nn->config.maxflows;
}

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

int LLVMFuzzerTestOneInput(const u8 *input, size_t size)
{
	const u8 *end = input + size, *stop;
	struct nfl_net *nn = &first;

	begin(nn);
	if (nfl_sysctl_register(nn))
		abort();
	/* the table of sysctls stays allocated while they are registered */
	shim_alloc_out = 0;
	while (input < end) {
		const u8 which = *input++;

		stop = memchr(input, 0xff, end - input) ?: end;
		if (stop - input <= NFL_TEXT_MAX + 2)
			try_one(nn, &nn->sysctl->ctl_table_arg[which % nn->sysctl->count],
				(const char *)input, stop - input);
		input = stop + (stop < end);
	}
	nfl_sysctl_unregister(nn);
	shim_alloc_out = 0;
	return 0;
}
