// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzing the settings: what a user writes to sysctls, one after the other. An input
 * is a list of an octet that says which, and the text up to an octet of 0xff.
 *
 * A text that is taken must be put to work, be read back, and mean the same when that
 * is written; one that is refused must change nothing. Nothing is left behind.
 */
#include "../unit/shim/module.h"

#define KBUILD_MODNAME	"fuzz"

/* What the settings belong to; the rest of it is no part of this. */
#define NFL_INSTANCE_H
#define NFL_HOOK_H
#define NFL_AGGREGATION_H
#define NFL_INTERFACE_H

#include "../../src/control/settings.h"
#include "../../src/meter/expire.h"
#include "../../src/meter/maxflows.h"
#include "../../src/meter/meter.h"
#include "../../src/meter/nat_hook.h"
#include "../../src/meter/process.h"
#include "../../src/protocol/protocol.h"
#include "../../src/transport/transport.h"

/* @works: what settings were put to work as */
struct netflow {
	struct nfl_config config;
	struct mutex settings_lock, lock;
	struct {
		bool running;
	} export;
	struct nfl_meter meter;
	struct nfl_nat_hook nat_hook;
	struct ctl_table_header *sysctl;
	void *net;
	struct {
		u32 hooks;
		u16 extras;
		unsigned int destinations;
		u32 protocol, hashsize, sndbuf, selector, domain;
		bool natevents, natfields, promisc;
	} works;
};

static struct netflow first;

static struct netflow *nfl_instance(const void *net)
{
	return &first;
}

static const int init_net;

static int nfl_instance_start(struct netflow *nf)
{
	return 0;
}

void nfl_meter_set_hashsize(struct nfl_meter *meter, u32 flows)
{
	container_of(meter, struct netflow, meter)->works.hashsize = flows;
}

void nfl_expire_timeouts_changed(struct nfl_meter *meter)
{
}

void nfl_maxflows_change(struct nfl_meter *meter, u32 old, u32 new)
{
	atomic_long_add((long)(new ?: INT_MAX) - (long)(old ?: INT_MAX), &meter->flows_free);
}

static int nfl_natevents_enable(struct netflow *nf)
{
	nf->works.natevents = true;
	return 0;
}

static void nfl_natevents_disable(struct netflow *nf)
{
	nf->works.natevents = false;
}

int nfl_nat_hook_enable(struct nfl_nat_hook *hook)
{
	container_of(hook, struct netflow, nat_hook)->works.natfields = true;
	return 0;
}

void nfl_nat_hook_disable(struct nfl_nat_hook *hook)
{
	container_of(hook, struct netflow, nat_hook)->works.natfields = false;
}

static int nfl_promisc_set(struct netflow *nf, bool on)
{
	nf->works.promisc = on;
	return 0;
}

static int nfl_hook_set(struct netflow *nf, u32 hooks)
{
	assert(nf->settings_lock.held && !nf->lock.held);
	nf->works.hooks = hooks;
	return 0;
}

static void nfl_export_want_extras(struct netflow *nf, u16 extras)
{
	nf->works.extras = extras;
}

static void nfl_export_set_protocol(struct netflow *nf, enum nfl_protocol_index protocol)
{
	nf->works.protocol = protocol;
}

static void nfl_export_domain_changed(struct netflow *nf)
{
	nf->works.domain = nf->config.engine_id;
}

static void nfl_export_set_sndbuf(struct netflow *nf, u32 size)
{
	nf->works.sndbuf = size;
}

static void nfl_export_redirect(struct netflow *nf, struct list_head *destinations)
{
	const struct nfl_destination *destination;

	nf->works.destinations = 0;
	list_for_each_entry(destination, destinations, list)
		nf->works.destinations++;
}

static void nfl_export_flush(struct netflow *nf)
{
}

static void nfl_account_reset(struct netflow *nf)
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

#include "../../src/flow/selector.c"
#undef SEPARATORS
#define names		nfl_hookname_names
#include "../../src/observe/hook_names.c"
#undef names
#include "../../src/meter/aggregation_rules.c"
#undef SEPARATORS
#define parse_one	parse_ifrule
#include "../../src/export/interface_rules.c"
#undef SEPARATORS
#undef parse_one
#define parse_one	parse_destination
#include "../../src/transport/destination.c"
#undef pr_fmt
#include "../../src/flow/fields.c"

static int nfl_aggregation_check(const char *text)
{
	struct nfl_rewrites *rewrites = NULL;
	const int err = nfl_rewrites_parse(text, &rewrites);

	kfree(rewrites);
	return err;
}

static int nfl_export_set_aggregation(struct netflow *nf, const char *text)
{
	return nfl_aggregation_check(text);
}

static int nfl_interfaces_check(const char *text)
{
	struct nfl_ifrules *rules = NULL;
	const int err = nfl_ifrules_parse(text, &rules);

	kfree(rules);
	return err;
}

static int nfl_interfaces_set(struct netflow *nf, const char *text)
{
	assert(nf->settings_lock.held && !nf->lock.held);
	return nfl_interfaces_check(text);
}

static void nfl_export_set_selector(struct netflow *nf, u32 selector)
{
	nf->works.selector = selector;
}

#include "../../src/control/settings.c"
#include "../../src/control/sysctl.c"

#define VALUE_MAX	2048

static void complain(const struct nfl_setting *setting, const char *what)
{
	fprintf(stderr, "%s: %s\n", setting->name, what);
	abort();
}

/* As the kernel calls it: the buffer has a zero behind what was written. */
static int sysctl_write(struct netflow *nf, const struct ctl_table *table, const char *text,
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
	if (shim_alloc_out || nf->lock.held || nf->settings_lock.held)
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

/* Is what is shown also what is at work? */
static bool works(const struct netflow *nf)
{
	const struct nfl_config *config = &nf->config;
	LIST_HEAD(destinations);
	struct nfl_destination *destination;
	unsigned int count = 0;
	u32 hooks, selector;
	u16 extras;

	if (nfl_destinations_parse(config->destination, &destinations) ||
	    nfl_extra_parse(config->fields, &extras) || nfl_hook_parse(config->hooks, &hooks) ||
	    nfl_selector_parse(config->sampler, &selector))
		return false;
	list_for_each_entry(destination, &destinations, list)
		count++;
	nfl_destinations_free(&destinations);
	return nf->works.destinations == count && nf->works.extras == extras &&
	       nf->works.hooks == hooks && nf->works.selector == selector &&
	       versions[nf->works.protocol] == config->protocol &&
	       nf->works.hashsize == config->hashsize && nf->works.sndbuf == config->sndbuf &&
	       nf->works.domain == config->engine_id &&
	       nf->works.natevents == config->natevents &&
	       nf->works.natfields == config->natfields &&
	       nf->works.promisc == config->promisc &&
	       nf->meter.flows_free.value == (long)(config->maxflows ?: INT_MAX) &&
	       (config->mtu == 0 || config->mtu >= NFL_MTU_LEAST) &&
	       ((s32)config->exportcpu < 0 || cpu_online(config->exportcpu));
}

static void check_number(const struct nfl_setting *setting, const struct netflow *nf)
{
	s64 value;

	if (setting->write != number_write)
		return;
	value = *number(setting, &nf->config);
	if (setting->least < 0)
		value = (s32)value;
	if (value < setting->least || value > setting->most)
		complain(setting, "it is out of its range");
}

static void try_one(struct netflow *nf, const struct ctl_table *table, const char *text,
		    size_t size)
{
	static char before[VALUE_MAX], after[VALUE_MAX], again[VALUE_MAX];
	const size_t length_before = sysctl_read(table, before);
	size_t length;

	if (sysctl_write(nf, table, text, size)) {
		length = sysctl_read(table, after);
		if (length != length_before || memcmp(before, after, length))
			complain(table->extra1, "it was refused, and changed something");
	} else {
		length = sysctl_read(table, after);
		if (memchr(text, '\0', size))
			complain(table->extra1, "it is no text, and was taken");
		check_number(table->extra1, nf);
		/* to write what flush shows is to ask for nothing */
		if (sysctl_write(nf, table, after, length) || sysctl_read(table, again) != length ||
		    memcmp(after, again, length))
			complain(table->extra1, "what is read does not mean what was written");
	}
	if (!works(nf))
		complain(table->extra1, "what is at work is not what is shown");
}

static void begin(struct netflow *nf)
{
	LIST_HEAD(destinations);

	memset(nf, 0, sizeof(*nf));
	nf->export.running = true;
	nfl_config_init(&nf->config, false);
	nf->works.destinations = 1;
	nf->meter.flows_free.value = nf->config.maxflows;
}

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

int LLVMFuzzerTestOneInput(const u8 *input, size_t size)
{
	const u8 *end = input + size, *stop;
	struct netflow *nf = &first;

	begin(nf);
	if (nfl_sysctl_register(nf))
		abort();
	/* the table of sysctls is out as long as they are registered */
	shim_alloc_out = 0;
	while (input < end) {
		const u8 which = *input++;

		stop = memchr(input, 0xff, end - input) ?: end;
		if (stop - input <= NFL_TEXT_MAX + 2)
			try_one(nf, &nf->sysctl->ctl_table_arg[which % nf->sysctl->count],
				(const char *)input, stop - input);
		input = stop + (stop < end);
	}
	nfl_sysctl_unregister(nf);
	shim_alloc_out = 0;
	return 0;
}
