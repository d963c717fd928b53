/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IPT-NETFLOW-MIB as objects of an SNMP agent.
 */
#ifndef PROGRAMS_MIB_H
#define PROGRAMS_MIB_H

#include <stdbool.h>

/**
 * struct mib - what the objects are made from
 * @statistics: directory of the module's statistics
 * @settings: directory of its settings
 * @module: directory of what the kernel says of it
 * @writable: settings may be set
 */
struct mib {
	const char *statistics;
	const char *settings;
	const char *module;
	bool writable;
};

void mib_register(const struct mib *mib);

#endif /* PROGRAMS_MIB_H */
