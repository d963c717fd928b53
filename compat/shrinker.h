/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shrinkers: 6.7 has them made by the kernel, 6.0 wants a name for debugfs.
 */
#ifndef NFL_COMPAT_SHRINKER_H
#define NFL_COMPAT_SHRINKER_H

#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)

struct nfl_shrinker {
	struct shrinker shrinker;
	void *private_data;
};

static inline struct shrinker *nfl_shrinker_alloc(const char *name)
{
	struct nfl_shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	return shrinker ? &shrinker->shrinker : NULL;
}

static inline void nfl_shrinker_set_data(struct shrinker *shrinker, void *data)
{
	container_of(shrinker, struct nfl_shrinker, shrinker)->private_data = data;
}

static inline void *nfl_shrinker_data(struct shrinker *shrinker)
{
	return container_of(shrinker, struct nfl_shrinker, shrinker)->private_data;
}

/* Returns an error, after which the shrinker is gone. */
static inline int nfl_shrinker_register(struct shrinker *shrinker)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 0, 0)
	const int err = register_shrinker(shrinker);
#else
	const int err = register_shrinker(shrinker, "netflow");
#endif

	if (err)
		kfree(container_of(shrinker, struct nfl_shrinker, shrinker));
	return err;
}

static inline void nfl_shrinker_free(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
	kfree(container_of(shrinker, struct nfl_shrinker, shrinker));
}

#else

static inline struct shrinker *nfl_shrinker_alloc(const char *name)
{
	return shrinker_alloc(0, "%s", name);
}

static inline void nfl_shrinker_set_data(struct shrinker *shrinker, void *data)
{
	shrinker->private_data = data;
}

static inline void *nfl_shrinker_data(struct shrinker *shrinker)
{
	return shrinker->private_data;
}

static inline int nfl_shrinker_register(struct shrinker *shrinker)
{
	shrinker_register(shrinker);
	return 0;
}

static inline void nfl_shrinker_free(struct shrinker *shrinker)
{
	shrinker_free(shrinker);
}

#endif

#endif /* NFL_COMPAT_SHRINKER_H */
