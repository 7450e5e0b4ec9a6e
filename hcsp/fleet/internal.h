// What the parts of the fleet share.
#ifndef HCSP_FLEET_INTERNAL_H_
#define HCSP_FLEET_INTERNAL_H_

#include <pthread.h>
#include <stdatomic.h>

#include "hcsp/fleet/fleet.h"
#include "hcsp/fleet/transport.h"

typedef struct Fleet {
  const FleetTransport *transport;  // NULL: this process is alone
  int solo;                         // items that it is in
  uint64_t calls, queues;           // made so far
  char (*host)[FLEET_HOST_MAX];     // [size]
  int talk, print, nowhere;         // the standard error and output it was started with; /dev/null
  double patience, limit;           // s of waiting before a word about it, before the job ends
  double trip, byte;                // s of a message and of a byte in it; 0: not measured yet
  bool ending;                      // this rank is on its way out
  SimError error;                   // that it ends with
  char scratch[1024];               // temporary folder, "": none
  pthread_t server;
  bool serving;
  atomic_bool stop;
} Fleet;

// The place of this process.
Fleet *fleet_here(void);

// An MPI job as the environment tells it; false: there is none.
bool fleet_environment(int *rank, int *size);
// Opens libhcsp_mpi.so from where the program or its private libraries lie.
const FleetTransport *fleet_load(SimError *err);
// What must be the same on every rank, one "what value" a line; malloc'ed.
char *fleet_identity(int argc, char *const *argv, SimError *err);
// The same on all ranks, or SIM_BAD_INPUT with the first difference.
SimStatus fleet_check_identity(const char *text, SimError *err);

// Pauses of a loop that waits, longer the longer it lasts, and a word after Fleet.patience; ends
// the job after Fleet.limit.
typedef struct FleetWait {
  double began, said;
  int turns, naps;
} FleetWait;
void fleet_wait(FleetWait *wait, const char *what, const bool *here, int n, int from);

// A line on the standard error of the job, also from a rank that is silent.
void fleet_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Says why and ends the whole job.
void fleet_abort(int code, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

// Rank 0 hands out numbers while it works: a thread that answers.
SimStatus fleet_serve(SimError *err);
void fleet_serve_end(void);
// The next of a queue's numbers for rank 0 itself, taken as the others do.
int fleet_next(uint64_t queue, int total, int chunk);

// How many of a share a rank has in work at a time, and how many it is given at once.
void fleet_share_sizes(int *fair, int *chunk, int total, int room, int ranks);

// From here on the process is alone, and may speak; and no longer.
void fleet_solo_begin(void);
void fleet_solo_end(void);

// Ends this rank's part in the job; the others are waited for, or stopped when they still work.
void fleet_close(int code);
// Removes the temporary folder.
void fleet_scratch_remove(void);

#endif  // HCSP_FLEET_INTERNAL_H_
