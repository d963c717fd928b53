// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPT-NETFLOW-MIB: tables that describe the objects, and one handler for each of its five
 * groups.
 *
 * All statistics are read together and kept for a second, so that a walk reads them once
 * and the columns of a row are consistent.
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "clock.h"
#include "mib.h"
#include "settings.h"
#include "statistics.h"

#define STATISTICS_AGE	1000000000LL

/* enterprises.37476.9000.10.1 */
#define ROOT		1, 3, 6, 1, 4, 1, 37476, 9000, 10, 1

static const oid module_oid[] = { ROOT, 1, 1 };
static const oid settings_oid[] = { ROOT, 1, 2 };
static const oid totals_oid[] = { ROOT, 2, 1 };
static const oid cpus_oid[] = { ROOT, 2, 2 };
static const oid destinations_oid[] = { ROOT, 2, 3 };

/* In the tables below, the position of an entry is the number of the scalar or column. */
enum form {
	COUNTER,		/* Counter64, also for CounterBasedGauge64 */
	NUMBER,			/* Unsigned32 and Integer32 */
	TEXT,			/* DisplayString */
	DECIMAL,		/* hundredths, as a DisplayString */
};

static const struct setting {
	const char *name;
	enum form form;
} settings[] = {
	{ "protocol", NUMBER },
	{ "hashsize", NUMBER },
	{ "maxflows", NUMBER },
	{ "active_timeout", NUMBER },
	{ "inactive_timeout", NUMBER },
	{ "sndbuf", NUMBER },
	{ "destination", TEXT },
	{ "aggregation", TEXT },
	{ "sampler", TEXT },
	{ "natevents", NUMBER },
	{ "promisc", NUMBER },
	{ "snmp-rules", TEXT },
	{ "scan-min", NUMBER },
};

static const struct total {
	enum statistics_value value;
	enum form form;
} totals[] = {
	{ STATISTICS_IN_BIT_RATE, COUNTER },
	{ STATISTICS_IN_PACKET_RATE, COUNTER },
	{ STATISTICS_IN_FLOWS, COUNTER },
	{ STATISTICS_IN_PACKETS, COUNTER },
	{ STATISTICS_IN_OCTETS, COUNTER },
	{ STATISTICS_TABLE_METRIC, DECIMAL },
	{ STATISTICS_TABLE_MEMORY, COUNTER },
	{ STATISTICS_TABLE_FLOWS, COUNTER },
	{ STATISTICS_TABLE_PACKETS, COUNTER },
	{ STATISTICS_TABLE_OCTETS, COUNTER },
	{ STATISTICS_DROP_PACKETS, COUNTER },
	{ STATISTICS_DROP_OCTETS, COUNTER },
	{ STATISTICS_OUT_OCTET_RATE, COUNTER },
	{ STATISTICS_OUT_FLOWS, COUNTER },
	{ STATISTICS_OUT_PACKETS, COUNTER },
	{ STATISTICS_OUT_OCTETS, COUNTER },
	{ STATISTICS_LOST_FLOWS, COUNTER },
	{ STATISTICS_LOST_PACKETS, COUNTER },
	{ STATISTICS_LOST_OCTETS, COUNTER },
	{ STATISTICS_ERRORS, COUNTER },
	{ STATISTICS_SNDBUF_PEAK, COUNTER },
	{ STATISTICS_BATCH_MEMORY, COUNTER },
	{ STATISTICS_NAT_MEMORY, COUNTER },
	{ STATISTICS_NAT_QUEUE_MEMORY, COUNTER },
	{ STATISTICS_LOG_MEMORY, COUNTER },
};

/* Columns from the second on; the first is the number of the CPU. */
static const enum form cpu_columns[CPU_VALUES_COUNT] = {
	[CPU_METRIC] = DECIMAL,
};

/* Columns from the third on; the first two are the number and the address. */
static const enum form destination_columns[DESTINATION_VALUES_COUNT] = {
	[DESTINATION_ACTIVE] = NUMBER,
	[DESTINATION_ALIVE] = NUMBER,
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static struct mib mib;
static struct statistics statistics;
static int64_t statistics_time;

/* Read the statistics if they are older than a second. False if the module is not loaded. */
static bool refresh(void)
{
	const int64_t now = clock_now();

	if (statistics_time && now - statistics_time < STATISTICS_AGE)
		return true;
	statistics_free(&statistics);
	statistics_time = statistics_read(&statistics, mib.statistics) ? now : 0;
	return statistics_time;
}

static void put_text(netsnmp_variable_list *to, const char *text)
{
	snmp_set_var_typed_value(to, ASN_OCTET_STR, text, strlen(text));
}

static void put_unsigned(netsnmp_variable_list *to, uint64_t value)
{
	const u_long number = value > UINT32_MAX ? UINT32_MAX : value;

	snmp_set_var_typed_value(to, ASN_UNSIGNED, &number, sizeof(number));
}

static void put_value(netsnmp_variable_list *to, enum form form, uint64_t value)
{
	const struct counter64 counter = { .high = value >> 32, .low = value & 0xffffffff };
	char text[32];

	switch (form) {
	case COUNTER:
		snmp_set_var_typed_value(to, ASN_COUNTER64, &counter, sizeof(counter));
		break;
	case DECIMAL:
		snprintf(text, sizeof(text), "%" PRIu64 ".%02" PRIu64, value / 100, value % 100);
		put_text(to, text);
		break;
	default:
		put_unsigned(to, value);
	}
}

/* Return the number of the requested scalar, from 0. */
static oid scalar(netsnmp_request_info *request, size_t group_length)
{
	return request->requestvb->name[group_length] - 1;
}

static void absent(netsnmp_agent_request_info *info, netsnmp_request_info *request)
{
	netsnmp_set_request_error(info, request, SNMP_NOSUCHINSTANCE);
}

/* Put a time as DateAndTime of RFC 2579, in UTC. */
static void put_time(netsnmp_variable_list *to, time_t time)
{
	struct tm tm;
	u_char octets[11];

	gmtime_r(&time, &tm);
	octets[0] = (tm.tm_year + 1900) >> 8;
	octets[1] = (tm.tm_year + 1900) & 0xff;
	octets[2] = tm.tm_mon + 1;
	octets[3] = tm.tm_mday;
	octets[4] = tm.tm_hour;
	octets[5] = tm.tm_min;
	octets[6] = tm.tm_sec;
	octets[7] = 0;
	octets[8] = '+';
	octets[9] = 0;
	octets[10] = 0;
	snmp_set_var_typed_value(to, ASN_OCTET_STR, octets, sizeof(octets));
}

/* Put the name, version, source version, load time or reference count of the module. */
static bool put_module(netsnmp_variable_list *to, oid number)
{
	static const char *const files[] = { NULL, "version", "srcversion", NULL, "refcnt" };
	struct stat status;
	char line[256];

	if (stat(mib.module, &status))
		return false;
	switch (number) {
	case 0:
		put_text(to, strrchr(mib.module, '/') + 1);
		return true;
	case 3:
		put_time(to, status.st_mtime);
		return true;
	}
	if (!line_read(mib.module, files[number], line, sizeof(line)))
		return false;
	if (number == 4)
		put_unsigned(to, strtoul(line, NULL, 10));
	else
		put_text(to, line);
	return true;
}

static int handle_module(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
			 netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	for (; requests; requests = requests->next) {
		if (!put_module(requests->requestvb, scalar(requests, COUNT(module_oid))))
			absent(info, requests);
	}
	return SNMP_ERR_NOERROR;
}

static int handle_totals(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
			 netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	for (; requests; requests = requests->next) {
		const struct total *total = &totals[scalar(requests, COUNT(totals_oid))];

		if (refresh() && statistics.has[total->value])
			put_value(requests->requestvb, total->form,
				  statistics.value[total->value]);
		else
			absent(info, requests);
	}
	return SNMP_ERR_NOERROR;
}

static bool get_setting(const struct setting *setting, netsnmp_variable_list *to)
{
	char text[SETTING_SIZE];

	if (setting_read(mib.settings, setting->name, text))
		return false;
	if (setting->form == TEXT)
		put_text(to, text);
	else
		put_unsigned(to, strtoull(text, NULL, 10));
	return true;
}

/* Convert the value to be set to text. */
static bool wanted_text(const struct setting *setting, const netsnmp_variable_list *from,
			char text[SETTING_SIZE])
{
	if (setting->form == NUMBER) {
		snprintf(text, SETTING_SIZE, "%lu", (u_long)*from->val.integer);
		return true;
	}
	if (from->val_len >= SETTING_SIZE || memchr(from->val.string, '\n', from->val_len) ||
	    memchr(from->val.string, '\0', from->val_len))
		return false;
	memcpy(text, from->val.string, from->val_len);
	text[from->val_len] = '\0';
	return true;
}

/* Before any change: check that the setting exists, is writable and has the right type. */
static int check_setting(const struct setting *setting, const netsnmp_variable_list *from)
{
	char text[SETTING_SIZE];
	bool right;

	if (!mib.writable || setting_read(mib.settings, setting->name, text))
		return SNMP_ERR_NOTWRITABLE;
	if (setting->form == TEXT)
		right = from->type == ASN_OCTET_STR;
	else
		right = from->type == ASN_UNSIGNED || from->type == ASN_INTEGER;
	if (!right)
		return SNMP_ERR_WRONGTYPE;
	return wanted_text(setting, from, text) ? SNMP_ERR_NOERROR : SNMP_ERR_WRONGVALUE;
}

/* Change a setting. The old text is kept with the request until all changes have succeeded. */
static int set_setting(const struct setting *setting, netsnmp_request_info *request)
{
	char text[SETTING_SIZE], *old = malloc(SETTING_SIZE);
	int error;

	if (!old)
		return SNMP_ERR_RESOURCEUNAVAILABLE;
	error = setting_read(mib.settings, setting->name, old);
	if (!error) {
		wanted_text(setting, request->requestvb, text);
		error = setting_write(mib.settings, setting->name, text);
	}
	if (!error) {
		netsnmp_request_add_list_data(request,
					      netsnmp_create_data_list("old", old, free));
		return SNMP_ERR_NOERROR;
	}
	free(old);
	if (error == -EINVAL || error == -ERANGE)
		return SNMP_ERR_WRONGVALUE;
	return error == -EACCES || error == -EPERM ? SNMP_ERR_NOACCESS : SNMP_ERR_COMMITFAILED;
}

static int undo_setting(const struct setting *setting, netsnmp_request_info *request)
{
	const char *old = netsnmp_request_get_list_data(request, "old");

	if (old && setting_write(mib.settings, setting->name, old))
		return SNMP_ERR_UNDOFAILED;
	return SNMP_ERR_NOERROR;
}

static int handle_settings(netsnmp_mib_handler *handler,
			   netsnmp_handler_registration *registration,
			   netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	int error;

	for (; requests; requests = requests->next) {
		const struct setting *setting = &settings[scalar(requests, COUNT(settings_oid))];

		error = SNMP_ERR_NOERROR;
		switch (info->mode) {
		case MODE_GET:
			if (!get_setting(setting, requests->requestvb))
				absent(info, requests);
			break;
		case MODE_SET_RESERVE1:
			error = check_setting(setting, requests->requestvb);
			break;
		case MODE_SET_ACTION:
			error = set_setting(setting, requests);
			break;
		case MODE_SET_UNDO:
			error = undo_setting(setting, requests);
			break;
		}
		if (error)
			netsnmp_set_request_error(info, requests, error);
	}
	return SNMP_ERR_NOERROR;
}

/*
 * Iterator over rows for net-snmp. The context of a row is its position in the array, from
 * 1.
 */
static netsnmp_variable_list *next_row(void **loop, void **row, netsnmp_variable_list *index,
				       size_t count, uint32_t (*number)(size_t i))
{
	const size_t i = (size_t)*loop;
	u_long value;

	if (i >= count)
		return NULL;
	value = number(i);
	snmp_set_var_typed_value(index, ASN_UNSIGNED, &value, sizeof(value));
	*loop = (void *)(i + 1);
	*row = (void *)(i + 1);
	return index;
}

static uint32_t cpu_number(size_t i)
{
	return statistics.cpus[i].number;
}

static uint32_t destination_number(size_t i)
{
	return statistics.destinations[i].number;
}

static netsnmp_variable_list *next_cpu(void **loop, void **row, netsnmp_variable_list *index,
				       netsnmp_iterator_info *info)
{
	return next_row(loop, row, index, statistics.cpus_count, cpu_number);
}

static netsnmp_variable_list *first_cpu(void **loop, void **row, netsnmp_variable_list *index,
					netsnmp_iterator_info *info)
{
	*loop = NULL;
	refresh();
	return next_cpu(loop, row, index, info);
}

static netsnmp_variable_list *next_destination(void **loop, void **row,
					       netsnmp_variable_list *index,
					       netsnmp_iterator_info *info)
{
	return next_row(loop, row, index, statistics.destinations_count, destination_number);
}

static netsnmp_variable_list *first_destination(void **loop, void **row,
						netsnmp_variable_list *index,
						netsnmp_iterator_info *info)
{
	*loop = NULL;
	refresh();
	return next_destination(loop, row, index, info);
}

static bool put_cpu(netsnmp_variable_list *to, size_t row, unsigned int column)
{
	const struct statistics_cpu *cpu = &statistics.cpus[row - 1];

	if (column == 1)
		put_unsigned(to, cpu->number);
	else
		put_value(to, cpu_columns[column - 2], cpu->value[column - 2]);
	return true;
}

static bool put_destination(netsnmp_variable_list *to, size_t row, unsigned int column)
{
	const struct statistics_destination *destination = &statistics.destinations[row - 1];

	if (column == 1)
		put_unsigned(to, destination->number);
	else if (column == 2)
		put_text(to, destination->text);
	else
		put_value(to, destination_columns[column - 3], destination->value[column - 3]);
	return true;
}

static int handle_table(netsnmp_agent_request_info *info, netsnmp_request_info *requests,
			size_t count, bool (*put)(netsnmp_variable_list *to, size_t row,
						  unsigned int column))
{
	for (; requests; requests = requests->next) {
		const netsnmp_table_request_info *table = netsnmp_extract_table_info(requests);
		const size_t row = (size_t)netsnmp_extract_iterator_context(requests);

		if (!table || !row || row > count ||
		    !put(requests->requestvb, row, table->colnum))
			absent(info, requests);
	}
	return SNMP_ERR_NOERROR;
}

static int handle_cpus(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
		       netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	return handle_table(info, requests, statistics.cpus_count, put_cpu);
}

static int handle_destinations(netsnmp_mib_handler *handler,
			       netsnmp_handler_registration *registration,
			       netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	return handle_table(info, requests, statistics.destinations_count, put_destination);
}

static void register_scalars(const char *name, Netsnmp_Node_Handler *handle, const oid *where,
			     size_t length, unsigned int count, int modes)
{
	netsnmp_handler_registration *registration;

	registration = netsnmp_create_handler_registration(name, handle, where, length, modes);
	netsnmp_register_scalar_group(registration, 1, count);
}

static void register_table(const char *name, Netsnmp_Node_Handler *handle, const oid *where,
			   size_t length, unsigned int columns,
			   Netsnmp_First_Data_Point *first, Netsnmp_Next_Data_Point *next)
{
	netsnmp_table_registration_info *table = calloc(1, sizeof(*table));
	netsnmp_iterator_info *iterator = calloc(1, sizeof(*iterator));
	netsnmp_handler_registration *registration;

	if (!table || !iterator)
		err(1, NULL);
	registration = netsnmp_create_handler_registration(name, handle, where, length,
							   HANDLER_CAN_RONLY);
	netsnmp_table_helper_add_indexes(table, ASN_UNSIGNED, 0);
	table->min_column = 1;
	table->max_column = columns;
	iterator->get_first_data_point = first;
	iterator->get_next_data_point = next;
	iterator->table_reginfo = table;
	iterator->flags |= NETSNMP_ITERATOR_FLAG_SORTED;
	netsnmp_register_table_iterator2(registration, iterator);
}

/**
 * mib_register() - register all objects with the agent
 * @from: the sources of the objects
 */
void mib_register(const struct mib *from)
{
	mib = *from;
	register_scalars("netflow-module", handle_module, module_oid, COUNT(module_oid), 5,
			 HANDLER_CAN_RONLY);
	register_scalars("netflow-settings", handle_settings, settings_oid, COUNT(settings_oid),
			 COUNT(settings), HANDLER_CAN_RWRITE);
	register_scalars("netflow-totals", handle_totals, totals_oid, COUNT(totals_oid),
			 COUNT(totals), HANDLER_CAN_RONLY);
	register_table("netflow-cpus", handle_cpus, cpus_oid, COUNT(cpus_oid),
		       1 + CPU_VALUES_COUNT, first_cpu, next_cpu);
	register_table("netflow-destinations", handle_destinations, destinations_oid,
		       COUNT(destinations_oid), 2 + DESTINATION_VALUES_COUNT, first_destination,
		       next_destination);
}
