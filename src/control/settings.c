// SPDX-License-Identifier: GPL-2.0-only
/*
 * The settings: one table, from which come parameters and sysctls.
 *
 * A value is taken whole or not at all. What is refused is logged once, with
 * what would have been accepted, and the old value stays at work.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/ratelimit.h>

#include "control/settings.h"
#include "export/flush.h"
#include "export/reconfigure.h"
#include "export/reset.h"
#include "flow/fields.h"
#include "flow/selector.h"
#include "instance.h"
#include "meter/aggregation.h"
#include "meter/enrich.h"
#include "meter/expire.h"
#include "meter/maxflows.h"
#include "meter/nat_hook.h"
#include "meter/process.h"
#include "observe/hook.h"
#include "observe/hook_names.h"

/*
 * What modprobe says, for the first namespace to start with. Others start with
 * what the table says. Written by the loader before the module's init only.
 */
static struct nfl_config boot_config;

/* The first namespace's instance is there, so parameters are its settings. */
static bool ready;

static int refuse(const struct nfl_setting *setting, const char *text)
{
	if (setting->most > setting->least)
		pr_err_ratelimited("%s: '%s' is not accepted: %s, from %lld to %lld\n",
				   setting->name, text, setting->form, setting->least,
				   setting->most);
	else
		pr_err_ratelimited("%s: '%s' is not accepted: %s\n", setting->name, text,
				   setting->form);
	return -EINVAL;
}

static u32 *number(const struct nfl_setting *setting, const struct nfl_config *config)
{
	return (void *)config + setting->offset;
}

static int number_write(const struct nfl_setting *setting, struct netflow *nf,
			struct nfl_config *config, const char *text)
{
	u32 *value = number(setting, config), old = *value;
	s64 new;
	int err;

	if (kstrtoll(text, 10, &new) || new < setting->least || new > setting->most)
		return refuse(setting, text);
	WRITE_ONCE(*value, (u32)new);
	if (!setting->apply)
		return 0;
	err = setting->apply(nf, old, new);
	if (err)
		WRITE_ONCE(*value, old);
	return err == -EINVAL ? refuse(setting, text) : err;
}

static int number_read(const struct nfl_setting *setting, const struct nfl_config *config,
		       char *text, size_t size)
{
	const u32 value = READ_ONCE(*number(setting, config));

	return scnprintf(text, size, "%lld\n", setting->least < 0 ? (s64)(s32)value : value);
}

static char *string(const struct nfl_setting *setting, const struct nfl_config *config)
{
	return (void *)config + setting->offset;
}

static int string_write(const struct nfl_setting *setting, struct netflow *nf,
			struct nfl_config *config, const char *text)
{
	char *new;
	int err;

	if (strlen(text) >= setting->size)
		return refuse(setting, text);
	new = kzalloc(setting->size, GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	strscpy(new, text, setting->size);
	err = setting->take(nf, new, setting->size);
	if (!err)
		memcpy(string(setting, config), new, setting->size);
	kfree(new);
	return err == -EINVAL ? refuse(setting, text) : err;
}

static int string_read(const struct nfl_setting *setting, const struct nfl_config *config,
		       char *text, size_t size)
{
	return scnprintf(text, size, "%s\n", string(setting, config));
}

static int mark_write(const struct nfl_setting *setting, struct netflow *nf,
		      struct nfl_config *config, const char *text)
{
	u32 mark;

	if (kstrtou32(text, 0, &mark))
		return refuse(setting, text);
	WRITE_ONCE(*number(setting, config), mark);
	return 0;
}

static int mark_read(const struct nfl_setting *setting, const struct nfl_config *config,
		     char *text, size_t size)
{
	return scnprintf(text, size, "0x%x\n", READ_ONCE(*number(setting, config)));
}

/* 1: export all flows now; more: set the statistics to zero too. */
static int flush_write(const struct nfl_setting *setting, struct netflow *nf,
		       struct nfl_config *config, const char *text)
{
	s64 value;

	if (!nf || kstrtoll(text, 10, &value))
		return refuse(setting, text);
	if (value <= 0)
		return 0;
	pr_info("forced flush%s.\n", value > 1 ? " (reset stat counters)" : "");
	nfl_export_flush(&nf->exporter);
	if (value > 1)
		nfl_account_reset(&nf->exporter);
	return 0;
}

static int flush_read(const struct nfl_setting *setting, const struct nfl_config *config,
		      char *text, size_t size)
{
	return scnprintf(text, size, "0\n");
}

/*
 * What a new value of a number needs, beside being stored. Called with the new
 * value stored; @nf is NULL when modprobe gives it. An error refuses it.
 */
static int apply_timeout(struct netflow *nf, u32 old, u32 new)
{
	if (nf)
		nfl_expire_timeouts_changed(&nf->meter);
	return 0;
}

#define apply_active_timeout	apply_timeout
#define apply_inactive_timeout	apply_timeout

static int apply_protocol(struct netflow *nf, u32 old, u32 new)
{
	const int protocol = nfl_protocol_find(new);

	if (protocol < 0)
		return protocol;
	if (nf)
		nfl_export_set_protocol(&nf->exporter, protocol);
	return 0;
}

static int apply_engine_id(struct netflow *nf, u32 old, u32 new)
{
	if (nf && new != old)
		nfl_export_domain_changed(&nf->exporter);
	return 0;
}

static int apply_maxflows(struct netflow *nf, u32 old, u32 new)
{
	if (nf)
		nfl_maxflows_change(&nf->meter, old, new);
	return 0;
}

static int apply_hashsize(struct netflow *nf, u32 old, u32 new)
{
	if (nf)
		nfl_meter_set_hashsize(&nf->meter, new);
	return 0;
}

static int apply_sndbuf(struct netflow *nf, u32 old, u32 new)
{
	if (nf)
		nfl_export_set_sndbuf(&nf->exporter, new);
	return 0;
}

static int apply_exportcpu(struct netflow *nf, u32 old, u32 new)
{
	return (s32)new < 0 || (new < nr_cpu_ids && cpu_online(new)) ? 0 : -EINVAL;
}

/* NAT may be told of where nothing is metered, so this brings the exporter. */
static int apply_natevents(struct netflow *nf, u32 old, u32 new)
{
	int err;

	if (!nf)
		return 0;
	if (!new) {
		nfl_natevents_disable(&nf->natevents);
		return 0;
	}
	err = nfl_instance_start(nf);
	return err ?: nfl_natevents_enable(&nf->natevents);
}

/*
 * Where nothing is metered yet, the first rule brings it. A flow that is seen
 * before the change and after it is two.
 */
static int apply_natfields(struct netflow *nf, u32 old, u32 new)
{
	if (!nf || !nf->exporter.running)
		return 0;
	if (new)
		return nfl_nat_hook_enable(&nf->nat_hook);
	nfl_nat_hook_disable(&nf->nat_hook);
	return 0;
}

static int apply_promisc(struct netflow *nf, u32 old, u32 new)
{
	int err;

	if (!nf)
		return 0;
	err = new ? nfl_instance_use(nf) : 0;
	if (!err)
		nfl_promisc_set(&nf->promisc, new);
	return err;
}

/* Every IPv4 host takes 576 octets; less than 512 has no room for templates. */
static int apply_mtu(struct netflow *nf, u32 old, u32 new)
{
	return !new || new >= NFL_MTU_LEAST ? 0 : -EINVAL;
}

/* The exporter looks at these when it next needs them. */
#define apply_targets		NULL
#define apply_refresh_rate	NULL
#define apply_timeout_rate	NULL
#define apply_scan_min		NULL
#define apply_debug		NULL

/*
 * What puts a text to work. @text may be written anew, in @size octets, to show
 * what was understood. @nf is NULL when modprobe gives it, and it is looked at
 * only. An error refuses it. nf->lock is held, except by those that wait.
 */
static int take_destination(struct netflow *nf, char *text, size_t size)
{
	struct list_head destinations = LIST_HEAD_INIT(destinations);
	int err;

	err = nfl_destinations_parse(text, &destinations);
	if (!err && nf)
		nfl_export_redirect(&nf->exporter, &destinations);
	nfl_destinations_free(&destinations);
	return err;
}

/* Where nothing is metered yet, the first rule brings them. */
static int take_fields(struct netflow *nf, char *text, size_t size)
{
	u16 extras;
	int err;

	err = nfl_extra_parse(text, &extras);
	if (err)
		return err;
	nfl_extra_print(extras, text, size);
	if (nf && nf->exporter.running)
		nfl_export_want_extras(&nf->exporter, extras);
	return 0;
}

static int set_hooks(struct netflow *nf, u32 hooks)
{
	int err = 0;

	if (hooks) {
		mutex_lock(&nf->lock);
		err = nfl_instance_use(nf);
		mutex_unlock(&nf->lock);
	}
	return err ?: nfl_hook_set(&nf->hooks, hooks);
}

static int take_hooks(struct netflow *nf, char *text, size_t size)
{
	u32 hooks;
	int err;

	err = nfl_hook_parse(text, &hooks);
	if (!err && nf)
		err = set_hooks(nf, hooks);
	if (!err)
		nfl_hook_names(hooks, text, size);
	return err;
}

static int take_aggregation(struct netflow *nf, char *text, size_t size)
{
	return nf ? nfl_export_set_aggregation(&nf->exporter, text) : nfl_aggregation_check(text);
}

static int take_snmp_rules(struct netflow *nf, char *text, size_t size)
{
	return nf ? nfl_export_set_interface_rules(&nf->exporter, text) : nfl_interfaces_check(text);
}

static int take_sampler(struct netflow *nf, char *text, size_t size)
{
	u32 selector;

	if (nfl_selector_parse(text, &selector))
		return -EINVAL;
	nfl_selector_print(selector, text, size);
	if (!nf)
		return 0;
	nfl_export_set_selector(&nf->exporter, selector);
	if (selector)
		pr_info("%s sampling is enabled, mode %s one-out-of %u.\n",
			nfl_selector_mode(selector) < NFL_SELECT_PACKETS ? "flow" : "packet",
			nfl_selector_name(selector), nfl_selector_interval(selector));
	else
		pr_info("sampling is disabled.\n");
	return 0;
}

const struct nfl_setting nfl_settings[] = {
#define X(_name, _sysctl, _least, _most, _initial, _mode, _form)	\
	{								\
		.name = #_name,						\
		.sysctl = _sysctl,					\
		.form = _form,						\
		.least = _least,					\
		.most = _most,						\
		.offset = offsetof(struct nfl_config, _name),		\
		.write = number_write,					\
		.read = number_read,					\
		.apply = apply_##_name,					\
	},
	NFL_NUMBERS(X)
#undef X
#define X(_name, _sysctl, _size, _initial, _mode, _waits, _form)	\
	{								\
		.name = #_name,						\
		.sysctl = _sysctl,					\
		.form = _form,						\
		.size = _size,						\
		.offset = offsetof(struct nfl_config, _name),		\
		.write = string_write,					\
		.read = string_read,					\
		.take = take_##_name,					\
		.waits = _waits,					\
	},
	NFL_STRINGS(X)
#undef X
#define X(_name, _sysctl, _mode, _form)					\
	{								\
		.name = #_name,						\
		.sysctl = _sysctl,					\
		.form = _form,						\
		.offset = offsetof(struct nfl_config, _name),		\
		.write = mark_write,					\
		.read = mark_read,					\
	},
	NFL_MARKS(X)
#undef X
	{
		.name = "flush",
		.sysctl = "flush",
		.form = "1 to export all flows now, 2 to set the statistics to zero too",
		.write = flush_write,
		.read = flush_read,
		.waits = true,
	},
};

const unsigned int nfl_settings_count = ARRAY_SIZE(nfl_settings);

/* The parameters' descriptors point to their setting by its place in the table. */
enum {
#define X(_name, ...) SETTING_##_name,
	NFL_NUMBERS(X)
	NFL_STRINGS(X)
	NFL_MARKS(X)
#undef X
};

/* The sysctls' buffer has room for each of them. */
#define X(_name, _sysctl, _size, ...) static_assert((_size) <= NFL_TEXT_MAX);
NFL_STRINGS(X)
#undef X

static int write_locked(const struct nfl_setting *setting, struct netflow *nf, const char *value)
{
	int err;

	if (setting->waits)
		return setting->write(setting, nf, &nf->config, value);
	mutex_lock(&nf->lock);
	err = setting->write(setting, nf, &nf->config, value);
	mutex_unlock(&nf->lock);
	return err;
}

/**
 * nfl_setting_write() - change a setting of a namespace
 * @setting: which
 * @nf: the namespace
 * @text: the new value; white space around it is ignored
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL, which was logged, and the old value is at work; -ENOMEM.
 */
int nfl_setting_write(const struct nfl_setting *setting, struct netflow *nf, const char *text)
{
	char *copy, *value;
	int err;

	copy = kstrdup(text, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	value = strim(copy);
	if (nf) {
		mutex_lock(&nf->settings_lock);
		err = write_locked(setting, nf, value);
		mutex_unlock(&nf->settings_lock);
	} else {
		err = setting->write(setting, NULL, &boot_config, value);
	}
	kfree(copy);
	return err;
}

/**
 * nfl_setting_read() - show a setting of a namespace
 * @setting: which
 * @nf: the namespace
 * @text: where to write it, with a newline at its end
 * @size: room there
 *
 * Context: process; sleeps.
 * Return: the length.
 */
int nfl_setting_read(const struct nfl_setting *setting, struct netflow *nf, char *text,
		     size_t size)
{
	int length;

	if (!nf)
		return setting->read(setting, &boot_config, text, size);
	mutex_lock(&nf->settings_lock);
	length = setting->read(setting, &nf->config, text, size);
	mutex_unlock(&nf->settings_lock);
	return length;
}

/**
 * nfl_config_first() - whose settings parameters are
 *
 * Parameters can be read and written before the module is initialised and after it has
 * left, when there are no namespaces' instances.
 *
 * Context: process, as a parameter is read or written: the kernel's lock of parameters
 * keeps the instance there.
 * Return: the first namespace's instance, or NULL.
 */
struct netflow *nfl_config_first(void)
{
	return ready ? nfl_instance(&init_net) : NULL;
}

static int parameter_set(const char *text, const struct kernel_param *parameter)
{
	const struct nfl_setting *setting = parameter->arg;

	return nfl_setting_write(setting, nfl_config_first(), text ?: "");
}

static int parameter_get(char *text, const struct kernel_param *parameter)
{
	const struct nfl_setting *setting = parameter->arg;

	return nfl_setting_read(setting, nfl_config_first(), text, PAGE_SIZE);
}

static const struct kernel_param_ops parameter_ops = {
	.set = parameter_set,
	.get = parameter_get,
};

#define PARAMETER(_name, _mode, _form)						\
	module_param_cb(_name, &parameter_ops, (void *)&nfl_settings[SETTING_##_name], _mode); \
	MODULE_PARM_DESC(_name, _form)

#define X(_name, _sysctl, _least, _most, _initial, _mode, _form) PARAMETER(_name, _mode, _form);
NFL_NUMBERS(X)
#undef X
#define X(_name, _sysctl, _size, _initial, _mode, _waits, _form) PARAMETER(_name, _mode, _form);
NFL_STRINGS(X)
#undef X
#define X(_name, _sysctl, _mode, _form) PARAMETER(_name, _mode, _form);
NFL_MARKS(X)
#undef X

#define NUMBER_INITIAL(_name, _sysctl, _least, _most, _initial, ...) ._name = _initial,
#define STRING_INITIAL(_name, _sysctl, _size, _initial, ...) ._name = _initial,
#define INITIAL	{ NFL_NUMBERS(NUMBER_INITIAL) NFL_STRINGS(STRING_INITIAL) }

static struct nfl_config boot_config = INITIAL;

/**
 * nfl_config_init() - the settings that a namespace starts with
 * @config: to be filled
 * @first: it is the first namespace's, for which the module's parameters are
 */
void nfl_config_init(struct nfl_config *config, bool first)
{
	static const struct nfl_config initial = INITIAL;

	*config = first ? boot_config : initial;
}

/**
 * nfl_config_ready() - say whether parameters are the first namespace's settings
 * @is_ready: they are; else they are what modprobe gives
 *
 * A write to a parameter that is under way is waited for.
 *
 * Context: module init and exit.
 */
void nfl_config_ready(bool is_ready)
{
	kernel_param_lock(THIS_MODULE);
	ready = is_ready;
	kernel_param_unlock(THIS_MODULE);
}
