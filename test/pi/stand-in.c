/*
 * Plays the mailbox of a Raspberry Pi for the process that it is preloaded into: /dev/vcio_gencmd opens as /dev/null, and ioctl answers as the
 * firmware does. A message in another form than the kernel's driver takes is refused with EINVAL, as the driver does.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEVICE "/dev/vcio_gencmd"

static int device = -1;

static int open_as(const char *name, const char *path, int flags, int mode)
{
	int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, name);
	if (strcmp(path, DEVICE) != 0)
		return next(path, flags, mode);
	if (getenv("STAND_IN_MISSING")) {
		errno = ENOENT;
		return -1;
	}
	device = next("/dev/null", O_RDONLY | O_CLOEXEC, 0);
	return device;
}

int open(const char *path, int flags, ...)
{
	va_list list;
	va_start(list, flags);
	int mode = va_arg(list, int);
	va_end(list);
	return open_as("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list list;
	va_start(list, flags);
	int mode = va_arg(list, int);
	va_end(list);
	return open_as("open64", path, flags, mode);
}

static int answer(uint32_t *message)
{
	char *text = (char *)(message + 6);
	if (message[0] != 7 * 4 + 1024 || message[1] != 0 || message[2] != 0x00030080 || message[3] != 1024 || message[6 + 256] != 0) {
		errno = EINVAL;
		return -1;
	}
	message[1] = 0x80000000;
	if (strcmp(text, "get_throttled") == 0)
		strcpy(text, "throttled=0x50000");
	else if (strcmp(text, "pmic_read_adc EXT5V_V") == 0)
		strcpy(text, "     EXT5V_V volt(24)=5.15082900V");
	else
		strcpy(text, "error=1 error_msg=\"Command not registered\"");
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*next)(int, unsigned long, void *) = dlsym(RTLD_NEXT, "ioctl");
	va_list list;
	va_start(list, request);
	void *argument = va_arg(list, void *);
	va_end(list);
	if (fd != device || device == -1)
		return next(fd, request, argument);
	if (request != 0xc0086400UL) {
		errno = ENOTTY;
		return -1;
	}
	return answer(argument);
}
