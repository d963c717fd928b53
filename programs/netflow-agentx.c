// SPDX-License-Identifier: GPL-2.0-only
/*
 * netflow-agentx - the module's statistics for SNMP
 *
 * A process that connects to snmpd by AgentX (RFC 2741). snmpd loads none of this code, and
 * continues if this process ends.
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <err.h>
#include <signal.h>

#include "command.h"
#include "mib.h"
#include "settings.h"
#include "statistics.h"

#define NAME		"netflow-agentx"
#define PING_SECONDS	5	/* between two attempts to connect to snmpd */

static volatile sig_atomic_t ending;

static void on_signal(int signal)
{
	ending = signal;
}

static const char help[] =
	"usage: netflow-agentx [OPTION...]\n"
	"Provides the statistics of the module ipt_NETFLOW to snmpd (IPT-NETFLOW-MIB).\n"
	"snmpd must be a master agent: snmpd.conf needs the line \"master agentx\".\n"
	"\n"
	"  --socket ADDRESS  address at which snmpd listens for agents (/var/agentx/master)\n"
	"  --writable        allow users with write access in snmpd to change settings\n"
	"  --statistics DIR  directory of the module's statistics (" STATISTICS_DIRECTORY ")\n"
	"  --settings DIR    directory of the module's settings (" SETTINGS_DIRECTORY ")\n"
	"  --help            show this text\n"
	"\n"
	"It runs in the foreground. For details see netflow-agentx(8).\n";

enum { OPTION_SOCKET = COMMAND_OPTION, OPTION_WRITABLE, OPTION_STATISTICS, OPTION_SETTINGS };

static const struct option options[] = {
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "writable", no_argument, NULL, OPTION_WRITABLE },
	{ "statistics", required_argument, NULL, OPTION_STATISTICS },
	{ "settings", required_argument, NULL, OPTION_SETTINGS },
	COMMAND_HELP,
	{ NULL }
};

static const struct command command = { "netflow-agentx", help, options };

/* Run as a subagent that neither reads nor writes the configuration files of net-snmp. */
static void be_agent(const char *socket)
{
	snmp_enable_stderrlog();
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 1);
	netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL,
			   PING_SECONDS);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
	if (socket)
		netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET,
				      socket);
	setenv("MIBS", "", 1);
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct mib mib = {
		.statistics = STATISTICS_DIRECTORY,
		.settings = SETTINGS_DIRECTORY,
		.module = MODULE_DIRECTORY,
	};
	const char *socket = NULL;
	int option;

	while ((option = command_option(&command, argc, argv)) >= 0) {
		switch (option) {
		case OPTION_SOCKET:
			socket = optarg;
			break;
		case OPTION_WRITABLE:
			mib.writable = true;
			break;
		case OPTION_STATISTICS:
			mib.statistics = optarg;
			break;
		case OPTION_SETTINGS:
			mib.settings = optarg;
			break;
		}
	}
	command_end(&command, argc);
	be_agent(socket);
	if (init_agent(NAME))
		errx(1, "net-snmp cannot be an agent");
	mib_register(&mib);
	init_snmp(NAME);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	while (!ending)
		agent_check_and_process(1);
	snmp_shutdown(NAME);
	return 0;
}
