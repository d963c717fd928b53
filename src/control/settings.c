// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of settings, for parameters and sysctls.
 *
 * An invalid value is rejected as a whole and the old value stays in use. The log says once
 * what would be accepted. If a value of ipt-netflow is replaced by another value, that is
 * logged.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "control/apply.h"
#include "control/old_values.h"
#include "control/settings.h"
#include "instance.h"
#include "meter/memory.h"

/*
 * The parameters from modprobe, which the first namespace starts with. Other namespaces start
 * with the initial values of the table. Written only before the init of the module.
 */
static struct nfl_config boot_config;

/* The instance of the first namespace exists, and parameters are its settings. */
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

/* Each option has a line at boot; for sysctls the rate is limited. */
static void say_taken_as(const struct nfl_setting *setting, const struct nfl_net *nn,
			 const char *text, s64 value)
{
	if (!nn)
		pr_warn("%s: '%s' is taken as %lld\n", setting->name, text, value);
	else
		pr_warn_ratelimited("%s: '%s' is taken as %lld\n", setting->name, text, value);
}

static int number_write(const struct nfl_setting *setting, struct nfl_net *nn,
			struct nfl_config *config, const char *text)
{
	u32 *value = number(setting, config), old = *value;
	s64 new, plain;
	int err;

	if (!nfl_old_number(setting->name, text, &new) || new < setting->least ||
	    new > setting->most)
		return refuse(setting, text);
	if (kstrtoll(text, 0, &plain) || plain != new)
		say_taken_as(setting, nn, text, new);
	WRITE_ONCE(*value, (u32)new);
	if (!setting->apply)
		return 0;
	err = setting->apply(nn, old, new);
	if (err)
		WRITE_ONCE(*value, old);
	return err == -EINVAL ? refuse(setting, text) : err;
}

/* What @value means on this machine. maxflows is the only number that follows it. */
static u32 by_machine(const struct nfl_setting *setting, u32 value)
{
	if (value == NFL_BY_MACHINE && setting->offset == offsetof(struct nfl_config, maxflows))
		return nfl_memory_maxflows();
	return value;
}

static int number_read(const struct nfl_setting *setting, const struct nfl_config *config,
		       char *text, size_t size)
{
	const u32 value = by_machine(setting, READ_ONCE(*number(setting, config)));

	return scnprintf(text, size, "%lld\n", setting->least < 0 ? (s64)(s32)value : value);
}

static char *string(const struct nfl_setting *setting, const struct nfl_config *config)
{
	return (void *)config + setting->offset;
}

static void text_store(struct nfl_net *nn, char *to, const char *text, size_t size)
{
	if (nn)
		mutex_lock(&nn->texts_lock);
	memcpy(to, text, size);
	if (nn)
		mutex_unlock(&nn->texts_lock);
}

static int string_write(const struct nfl_setting *setting, struct nfl_net *nn,
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
	err = setting->take(nn, new, setting->size);
	if (!err)
		text_store(nn, string(setting, config), new, setting->size);
	kfree(new);
	return err == -EINVAL ? refuse(setting, text) : err;
}

static int string_read(const struct nfl_setting *setting, const struct nfl_config *config,
		       char *text, size_t size)
{
	return scnprintf(text, size, "%s\n", string(setting, config));
}

static int mark_write(const struct nfl_setting *setting, struct nfl_net *nn,
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

static int flush_write(const struct nfl_setting *setting, struct nfl_net *nn,
		       struct nfl_config *config, const char *text)
{
	s64 value;

	if (!nn || kstrtoll(text, 0, &value))
		return refuse(setting, text);
	nfl_apply_flush(nn, value);
	return 0;
}

static int flush_read(const struct nfl_setting *setting, const struct nfl_config *config,
		      char *text, size_t size)
{
	return scnprintf(text, size, "0\n");
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
		.apply = nfl_apply_##_name,					\
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
		.take = nfl_take_##_name,					\
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
		.is_command = true,
	},
};

const unsigned int nfl_settings_count = ARRAY_SIZE(nfl_settings);

/* The index of each setting in the table, for the descriptors of parameters. */
enum {
#define X(_name, ...) SETTING_##_name,
	NFL_NUMBERS(X)
	NFL_STRINGS(X)
	NFL_MARKS(X)
#undef X
};

/* Each text fits into the buffer of the sysctls. */
#define X(_name, _sysctl, _size, ...) static_assert((_size) <= NFL_TEXT_MAX);
NFL_STRINGS(X)
#undef X

static int write_locked(const struct nfl_setting *setting, struct nfl_net *nn, const char *value)
{
	int err;

	if (setting->waits)
		return setting->write(setting, nn, &nn->config, value);
	mutex_lock(&nn->lock);
	err = setting->write(setting, nn, &nn->config, value);
	mutex_unlock(&nn->lock);
	return err;
}

/**
 * nfl_setting_write() - change a setting of a namespace
 * @setting: the setting
 * @nn: the namespace
 * @text: the new value; white space around it is ignored
 *
 * Context: process; sleeps.
 * Return: 0, or an error and the old value stays in use: -EINVAL, which was logged; -ENOMEM.
 */
int nfl_setting_write(const struct nfl_setting *setting, struct nfl_net *nn, const char *text)
{
	char *copy, *value;
	int err;

	copy = kstrdup(text, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	value = strim(copy);
	if (nn && setting->is_command) {
		err = setting->write(setting, nn, &nn->config, value);
	} else if (nn) {
		mutex_lock(&nn->settings_lock);
		err = write_locked(setting, nn, value);
		mutex_unlock(&nn->settings_lock);
	} else {
		err = setting->write(setting, NULL, &boot_config, value);
	}
	kfree(copy);
	return err;
}

/**
 * nfl_setting_read() - print a setting of a namespace
 * @setting: the setting
 * @nn: the namespace
 * @text: the buffer; the value is followed by a newline
 * @size: size of the buffer
 *
 * While a number is being changed its new value is shown, which may be rejected yet.
 *
 * Context: process; sleeps, but not while a setting is being put to work.
 * Return: the length.
 */
int nfl_setting_read(const struct nfl_setting *setting, struct nfl_net *nn, char *text,
		     size_t size)
{
	int length;

	if (!nn)
		return setting->read(setting, &boot_config, text, size);
	/* who changes a setting may wait for CPUs; readers do not wait for that */
	mutex_lock(&nn->texts_lock);
	length = setting->read(setting, &nn->config, text, size);
	mutex_unlock(&nn->texts_lock);
	return length;
}

/**
 * nfl_config_first() - the instance of the first namespace, whose settings are parameters
 *
 * Parameters can be read and written before the init and after the exit of the module, when
 * there are no instances.
 *
 * Context: process, when a parameter is read or written: the kernel's lock for parameters
 *	protects the instance.
 * Return: the instance of the first namespace, or NULL.
 */
struct nfl_net *nfl_config_first(void)
{
	return ready ? nfl_net_of(&init_net) : NULL;
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
 * nfl_config_init() - initialise the settings of a namespace
 * @config: filled
 * @first: it is the first namespace, which starts with the parameters of the module
 */
void nfl_config_init(struct nfl_config *config, bool first)
{
	static const struct nfl_config initial = INITIAL;

	*config = first ? boot_config : initial;
	if (config->maxflows == NFL_BY_MACHINE)
		config->maxflows = nfl_memory_maxflows();
}

/**
 * nfl_config_ready() - switch what parameters refer to
 * @is_ready: true: the settings of the first namespace; false: the values from modprobe
 *
 * Waits for a parameter that is being written.
 *
 * Context: module init and exit.
 */
void nfl_config_ready(bool is_ready)
{
	kernel_param_lock(THIS_MODULE);
	ready = is_ready;
	kernel_param_unlock(THIS_MODULE);
}
