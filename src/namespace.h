/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Creation and removal of namespaces.
 */
#ifndef NFL_NAMESPACE_H
#define NFL_NAMESPACE_H

int nfl_namespaces_init(void);
void nfl_namespaces_exit(void);

#endif /* NFL_NAMESPACE_H */
