/*
 * A library that stands in for NVIDIA's libnvidia-ml.so.1: functions and structures as nvml.h declares them, answers as a file beside the library
 * says. The child that loads it has no environment, so that the file is found by the library's own path.
 *
 * The file "scenario" has one answer a line, "FUNCTION[:ARGUMENT] VALUE …". Lines before the first "gpu ADDRESS" are for the library as a whole,
 * those after it for that GPU; "gpu ADDRESS/0" is its first MIG instance. A function of a GPU without a line is not supported there (3). The value
 * "!15" returns that number, "!block" never returns, "!crash" ends the process by SIGSEGV.
 *
 * The file "readings" gets a line for each nvmlInit and for each GPU whose handle is asked for: who touched what, and how often.
 * With -DOLD_DRIVER the functions that came after 2016 are missing, as in a library of that time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <libgen.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int nvmlReturn_t;
typedef struct device { char address[64]; } *nvmlDevice_t;
typedef unsigned long long u64;
static struct device devices[128];
static int device_count;
static char *scenario;

static void beside(char *place, size_t size, const char *name) {
  Dl_info info;
  char path[4096];
  dladdr((void *)beside, &info);
  snprintf(path, sizeof path, "%s", info.dli_fname);
  snprintf(place, size, "%s/%s", dirname(path), name);
}

static void note(const char *what, const char *whom) {
  char path[4200];
  beside(path, sizeof path, "readings");
  FILE *file = fopen(path, "a");
  if (file == NULL) return;
  fprintf(file, "%s%s%s\n", what, *whom ? " " : "", whom);
  fclose(file);
}

static void load(void) {
  char path[4200];
  if (scenario != NULL) return;
  scenario = calloc(1, 1 << 20);
  beside(path, sizeof path, "scenario");
  FILE *file = fopen(path, "r");
  if (file == NULL) abort();
  if (fread(scenario, 1, (1 << 20) - 1, file) == 0) abort();
  fclose(file);
  for (char *at = scenario; (at = strstr(at, "\ngpu ")) != NULL; at += 5)
    sscanf(at + 5, "%63s", devices[device_count++].address);
}

static nvmlDevice_t find(const char *address) {
  for (int i = 0; i < device_count; i++)
    if (strcmp(devices[i].address, address) == 0) return &devices[i];
  return NULL;
}

/* The line of a key in a GPU's part of the scenario, or in the part before the first; its values, and what it returns. */
static nvmlReturn_t answer(nvmlDevice_t device, const char *key, char *values, size_t size, nvmlReturn_t otherwise) {
  char heading[80];
  load();
  const char *at = scenario;
  if (device != NULL) {
    snprintf(heading, sizeof heading, "\ngpu %s\n", device->address);
    at = strstr(scenario, heading);
    if (at == NULL) return 2;
    at += strlen(heading);
  }
  for (; *at != '\0'; at++) {
    const char *end = strchr(at, '\n');
    if (end == NULL) end = at + strlen(at);
    if (strncmp(at, "gpu ", 4) == 0) break;
    size_t length = strlen(key);
    if (strncmp(at, key, length) == 0 && (at[length] == ' ' || at + length == end)) {
      const char *value = at[length] == ' ' ? at + length + 1 : end;
      snprintf(values, size, "%.*s", (int)(end - value), value);
      if (strcmp(values, "!block") == 0) for (;;) pause();
      if (strcmp(values, "!crash") == 0) raise(SIGSEGV);
      return values[0] == '!' ? atoi(values + 1) : 0;
    }
    if (*end == '\0') break;
    at = end;
  }
  return otherwise;
}

/* Numbers of the answer, in order; "format" is one letter each: u for unsigned int, l for unsigned long long. */
static nvmlReturn_t numbers(nvmlDevice_t device, const char *key, const char *format, ...) {
  char values[65536];
  char *at = values;
  nvmlReturn_t result = answer(device, key, values, sizeof values, 3);
  if (result != 0) return result;
  va_list places;
  va_start(places, format);
  for (; *format; format++) {
    u64 value = strtoull(at, &at, 0);
    if (*format == 'u') *va_arg(places, unsigned int *) = (unsigned int)value;
    else *va_arg(places, u64 *) = value;
  }
  va_end(places);
  return 0;
}

static nvmlReturn_t text(nvmlDevice_t device, const char *key, char *place, unsigned int size) {
  char values[1024];
  nvmlReturn_t result = answer(device, key, values, sizeof values, 3);
  if (result != 0) return result;
  if (strlen(values) + 1 > size) return 7;
  strcpy(place, values);
  return 0;
}

static const char *key_of(const char *name, unsigned int argument) {
  static char key[128];
  snprintf(key, sizeof key, "%s:%u", name, argument);
  return key;
}

#define UINT(name) \
  nvmlReturn_t name(nvmlDevice_t device, unsigned int *value) { return numbers(device, #name, "u", value); }
#define UINT_PAIR(name) \
  nvmlReturn_t name(nvmlDevice_t device, unsigned int *a, unsigned int *b) { return numbers(device, #name, "uu", a, b); }
#define UINT_OF(name) \
  nvmlReturn_t name(nvmlDevice_t device, unsigned int which, unsigned int *value) { \
    return numbers(device, key_of(#name, which), "u", value); \
  }
#define ULONG(name) \
  nvmlReturn_t name(nvmlDevice_t device, u64 *value) { return numbers(device, #name, "l", value); }
#define TEXT(name) \
  nvmlReturn_t name(nvmlDevice_t device, char *place, unsigned int size) { return text(device, #name, place, size); }

const char *nvmlErrorString(nvmlReturn_t result) {
  switch (result) {
    case 0: return "Success";
    case 4: return "Insufficient Permissions";
    case 9: return "Driver Not Loaded";
    case 15: return "GPU is lost";
    case 16: return "GPU requires reset";
    case 18: return "Driver/library version mismatch";
    case 999: return "Unknown Error";
    default: { static char words[32]; snprintf(words, sizeof words, "Error %d", result); return words; }
  }
}

nvmlReturn_t nvmlInit_v2(void) {
  char values[64];
  note("nvmlInit_v2", "");
  return answer(NULL, "nvmlInit_v2", values, sizeof values, 0);
}
nvmlReturn_t nvmlShutdown(void) { note("nvmlShutdown", ""); return 0; }
nvmlReturn_t nvmlSystemGetDriverVersion(char *place, unsigned int size) { return text(NULL, "nvmlSystemGetDriverVersion", place, size); }
nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int *version) {
  return numbers(NULL, "nvmlSystemGetCudaDriverVersion_v2", "u", (unsigned int *)version);
}
nvmlReturn_t nvmlSystemGetCudaDriverVersion(int *version) {
  return numbers(NULL, "nvmlSystemGetCudaDriverVersion", "u", (unsigned int *)version);
}
nvmlReturn_t nvmlDeviceGetHandleByPciBusId_v2(const char *address, nvmlDevice_t *device) {
  char values[64];
  note("gpu", address);
  load();
  nvmlDevice_t found = find(address);
  if (found == NULL) return 6;
  nvmlReturn_t result = answer(found, "nvmlDeviceGetHandleByPciBusId_v2", values, sizeof values, 0);
  if (result == 0) *device = found;
  return result;
}

typedef struct { u64 total, free, used; } nvmlMemory_t;
nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory) {
  return numbers(device, "nvmlDeviceGetMemoryInfo", "lll", &memory->total, &memory->free, &memory->used);
}
typedef struct { unsigned int gpu, memory; } nvmlUtilization_t;
nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t *rates) {
  return numbers(device, "nvmlDeviceGetUtilizationRates", "uu", &rates->gpu, &rates->memory);
}
nvmlReturn_t nvmlDeviceGetTotalEccErrors(nvmlDevice_t device, unsigned int type, unsigned int counter, u64 *count) {
  return numbers(device, key_of("nvmlDeviceGetTotalEccErrors", type * 2 + counter), "l", count);
}
nvmlReturn_t nvmlDeviceGetRetiredPages(nvmlDevice_t device, unsigned int cause, unsigned int *count, u64 *addresses) {
  unsigned int room = *count;
  nvmlReturn_t result = numbers(device, key_of("nvmlDeviceGetRetiredPages", cause), "u", count);
  if (result != 0 || *count == 0) return result;
  if (room < *count) return 7;
  memset(addresses, 0xff, *count * sizeof *addresses);
  return 0;
}

TEXT(nvmlDeviceGetUUID)
TEXT(nvmlDeviceGetName)
TEXT(nvmlDeviceGetSerial)
TEXT(nvmlDeviceGetVbiosVersion)
UINT_PAIR(nvmlDeviceGetCudaComputeCapability)
UINT_PAIR(nvmlDeviceGetEncoderUtilization)
UINT_PAIR(nvmlDeviceGetDecoderUtilization)
UINT_PAIR(nvmlDeviceGetEccMode)
UINT_OF(nvmlDeviceGetTemperature)
UINT_OF(nvmlDeviceGetTemperatureThreshold)
UINT_OF(nvmlDeviceGetClockInfo)
UINT_OF(nvmlDeviceGetMaxClockInfo)
UINT(nvmlDeviceGetPowerUsage)
UINT(nvmlDeviceGetEnforcedPowerLimit)
UINT(nvmlDeviceGetPowerManagementLimit)
UINT(nvmlDeviceGetPowerManagementDefaultLimit)
UINT(nvmlDeviceGetPerformanceState)
UINT(nvmlDeviceGetFanSpeed)
UINT(nvmlDeviceGetPersistenceMode)
UINT(nvmlDeviceGetDisplayActive)
UINT(nvmlDeviceGetPcieReplayCounter)
UINT(nvmlDeviceGetRetiredPagesPendingStatus)
ULONG(nvmlDeviceGetCurrentClocksThrottleReasons)

/* "PID,BYTES,GPU INSTANCE,COMPUTE INSTANCE …" */
typedef struct { unsigned int pid; u64 usedGpuMemory; } nvmlProcessInfo_v1_t;
typedef struct { unsigned int pid; u64 usedGpuMemory; unsigned int gpuInstanceId, computeInstanceId; } nvmlProcessInfo_v2_t;
static nvmlReturn_t processes(nvmlDevice_t device, const char *key, unsigned int *count, void *infos, int version) {
  static char values[1 << 19];
  nvmlReturn_t result = answer(device, key, values, sizeof values, 3);
  if (result != 0) return result;
  unsigned int room = *count, found = 0;
  for (char *at = strtok(values, " "); at != NULL; at = strtok(NULL, " "), found++) {
    nvmlProcessInfo_v2_t info = {0};
    info.pid = strtoul(at, &at, 10);
    info.usedGpuMemory = strtoull(at + 1, &at, 10);
    info.gpuInstanceId = *at ? (unsigned int)strtol(at + 1, &at, 10) : 0xffffffffu;
    info.computeInstanceId = *at ? (unsigned int)strtol(at + 1, &at, 10) : 0xffffffffu;
    if (found >= room) continue;
    if (version == 1) ((nvmlProcessInfo_v1_t *)infos)[found] = (nvmlProcessInfo_v1_t){info.pid, info.usedGpuMemory};
    else ((nvmlProcessInfo_v2_t *)infos)[found] = info;
  }
  *count = found;
  return found > room ? 7 : 0;
}

#ifdef OLD_DRIVER
#define PROCESSES(kind) \
  nvmlReturn_t nvmlDeviceGet##kind##RunningProcesses(nvmlDevice_t device, unsigned int *count, void *infos) { \
    return processes(device, "nvmlDeviceGet" #kind "RunningProcesses", count, infos, 1); \
  }
PROCESSES(Compute)
PROCESSES(Graphics)
#else
#define PROCESSES(kind) \
  nvmlReturn_t nvmlDeviceGet##kind##RunningProcesses_v3(nvmlDevice_t device, unsigned int *count, void *infos) { \
    return processes(device, "nvmlDeviceGet" #kind "RunningProcesses_v3", count, infos, 3); \
  }
PROCESSES(Compute)
PROCESSES(Graphics)
PROCESSES(MPSCompute)

typedef struct { unsigned int version; u64 total, reserved, free, used; } nvmlMemory_v2_t;
nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t *memory) {
  if (memory->version != (unsigned int)(sizeof *memory | 2 << 24)) return 25;
  return numbers(device, "nvmlDeviceGetMemoryInfo_v2", "llll", &memory->total, &memory->reserved, &memory->free, &memory->used);
}
nvmlReturn_t nvmlDeviceGetRemappedRows(nvmlDevice_t device, unsigned int *a, unsigned int *b, unsigned int *c, unsigned int *d) {
  return numbers(device, "nvmlDeviceGetRemappedRows", "uuuu", a, b, c, d);
}

/* "TYPE VALUE": nvmlValueType_t 0 double, 1 unsigned, 3 unsigned long long, 5 int */
typedef union { double d; int si; unsigned int ui; u64 ull; } nvmlValue_t;
typedef struct { unsigned int fieldId, scopeId; long long timestamp, latencyUsec; unsigned int valueType; nvmlReturn_t nvmlReturn; nvmlValue_t value; } nvmlFieldValue_t;
nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int count, nvmlFieldValue_t *fields) {
  for (int i = 0; i < count; i++) {
    char values[128];
    fields[i].nvmlReturn = answer(device, key_of("nvmlDeviceGetFieldValues", fields[i].fieldId), values, sizeof values, 3);
    if (fields[i].nvmlReturn != 0) continue;
    char *at = values;
    fields[i].valueType = strtoul(at, &at, 10);
    if (fields[i].valueType == 0) fields[i].value.d = strtod(at, NULL);
    else if (fields[i].valueType == 1) fields[i].value.ui = strtoul(at, NULL, 10);
    else if (fields[i].valueType == 5) fields[i].value.si = (int)strtol(at, NULL, 10);
    else fields[i].value.ull = strtoull(at, NULL, 10);
  }
  return 0;
}

/* "gpu ADDRESS/0" and so on are its instances. */
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned int index, nvmlDevice_t *instance) {
  char address[80];
  snprintf(address, sizeof address, "%s/%u", device->address, index);
  *instance = find(address);
  return *instance == NULL ? 6 : 0;
}

ULONG(nvmlDeviceGetCurrentClocksEventReasons)
ULONG(nvmlDeviceGetTotalEnergyConsumption)
UINT(nvmlDeviceGetArchitecture)
UINT(nvmlDeviceGetMaxMigDeviceCount)
UINT(nvmlDeviceGetGpuInstanceId)
UINT(nvmlDeviceGetComputeInstanceId)
UINT_PAIR(nvmlDeviceGetMigMode)
#endif
