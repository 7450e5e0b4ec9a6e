// Whether this process is a rank, and the library by which it speaks to the others.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/fleet/internal.h"
#include "sim/base/file.h"

static const char LIBRARY[] = "libhcsp_mpi.so";

// Variables of a launcher. Slurm sets SLURM_PROCID in a batch script, too, which is no rank; only a
// step of srun has a number of tasks.
static const struct {
  const char *rank, *size;
} LAUNCHERS[] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                 {"PMI_RANK", "PMI_SIZE"},
                 {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"}};

static bool read_number(int *value, const char *name) {
  const char *text = getenv(name);
  char *end = NULL;
  const long number = text ? strtol(text, &end, 10) : -1;
  *value = (int)number;
  return text && end != text && !*end && number >= 0 && number < 1 << 20;
}

bool fleet_environment(int *rank, int *size) {
  const char *off = getenv("HCSP_FLEET");
  for (size_t i = 0; i < sizeof LAUNCHERS / sizeof LAUNCHERS[0]; i++) {
    if (read_number(rank, LAUNCHERS[i].rank) && read_number(size, LAUNCHERS[i].size)) {
      return *size > 1 && *rank < *size && !(off && strcmp(off, "off") == 0);
    }
  }
  return false;
}

// NULL: not there; beside the program, or where a package keeps what only it uses
static void *open_beside(char why[FLEET_WHY_MAX]) {
  static const char *const PLACES[] = {"", "../lib", "../lib/hcsp", "../lib/x86_64-linux-gnu/hcsp"};
  char program[SIM_PATH_MAX], folder[SIM_PATH_MAX], path[SIM_PATH_MAX + 64];
  const ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
  program[n > 0 ? n : 0] = '\0';
  sim_path_folder(folder, program);
  snprintf(why, FLEET_WHY_MAX, "there is none beside %.200s", program);
  for (size_t i = 0; i < sizeof PLACES / sizeof PLACES[0]; i++) {
    snprintf(path, sizeof path, "%s/%s/%s", folder, PLACES[i], LIBRARY);
    if (access(path, F_OK) == 0) {
      void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
      if (!library) {
        snprintf(why, FLEET_WHY_MAX, "%s", dlerror());
      }
      return library;
    }
  }
  return NULL;
}

const FleetTransport *fleet_load(SimError *err) {
  char why[FLEET_WHY_MAX] = "";
  FleetTransportOpen *open_transport = NULL;
  void *library = open_beside(why);
  void *symbol = library ? dlsym(library, FLEET_TRANSPORT_SYMBOL) : NULL;
  if (!symbol) {
    sim_error(err, SIM_FAIL,
              "started as one of several ranks, but %s: %s; wanted a build with MPI "
              "(hcsp/setup.sh --mpi), or HCSP_FLEET=off for a process that is alone",
              LIBRARY, library ? "it is another file" : why);
    return NULL;
  }
  memcpy(&open_transport, &symbol, sizeof symbol);
  const FleetTransport *transport = open_transport(why);
  if (!transport || transport->version != FLEET_TRANSPORT_VERSION) {
    sim_error(err, SIM_FAIL, "%s: %s", LIBRARY, transport ? "of another build of hcsp" : why);
    return NULL;
  }
  return transport;
}
