// SPDX-License-Identifier: GPL-2.0-only
/*
 * hungry - allocate memory until the OOM killer kills this process
 *
 * When the free memory is nearly used up, it pauses once for two seconds. During the
 * pause other allocations fail too.
 *
 * Its own code is locked in memory, so it never rereads pages of its program file. Memory
 * that the kernel reclaims from the page cache goes to this process for good, and memory
 * runs out soon, even on a machine that reads pages slowly. The allocated memory is not
 * locked: the kernel cannot free locked memory before the process has exited, and would
 * kill another process.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define STEP	(64 << 10)
#define LITTLE	(1536 << 10)

static bool is_little(void)
{
	struct sysinfo info;

	return !sysinfo(&info) && (unsigned long long)info.freeram * info.mem_unit < LITTLE;
}

int main(void)
{
	const int fd = open("/proc/self/oom_score_adj", O_WRONLY);
	bool rested = false;

	if (fd < 0 || write(fd, "1000", 4) != 4)
		err(1, "oom_score_adj");
	if (mlockall(MCL_CURRENT))
		err(1, "mlockall");
	for (;;) {
		void *memory = mmap(NULL, STEP, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory != MAP_FAILED)
			memset(memory, 1, STEP);
		if (!rested && is_little()) {
			sleep(2);
			rested = true;
		}
	}
}
