/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The self-test of the flow tables, in a debug build only: see selftest.c.
 */
#ifndef NFL_DEBUG_SELFTEST_H
#define NFL_DEBUG_SELFTEST_H

#ifdef NETFLOW_DEBUG
int nfl_selftest(void);
#else
static inline int nfl_selftest(void)
{
	return 0;
}
#endif

#endif /* NFL_DEBUG_SELFTEST_H */
