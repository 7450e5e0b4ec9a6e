// Several processes of the same command that work on one task, on one machine or on many: the
// ranks of an MPI job. Every rank runs the same program with the same arguments and makes the calls
// below in the same order; what they bring together is the same on every rank afterwards, so that
// all go on with the same state and the same bits at any number of ranks. A process that was not
// started as a rank is alone, and the calls cost it nothing.
//
// A process has one place in one job, as it has one standard output; that is what this module keeps
// to itself. Its functions are for the thread that runs main.
#ifndef HCSP_FLEET_FLEET_H_
#define HCSP_FLEET_FLEET_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

// Joins the job that the environment speaks of (OMPI_COMM_WORLD_SIZE, PMI_RANK, SLURM_PROCID); a
// process without one, or with HCSP_FLEET=off, is alone. Ranks other than 0 fall silent: what they
// would say, rank 0 says. SIM_FAIL when there is a job and MPI does not come up; SIM_BAD_INPUT when
// this rank differs from rank 0 in program, arguments, shipped data or arithmetic.
SimStatus fleet_open(int argc, char *const *argv, SimError *err);
// Says what a rank that ends with an error ends of, should the others still work.
void fleet_note_error(const SimError *err);

// This rank and how many there are; 0 and 1 for a process that is alone, and while it runs an item.
int fleet_rank(void);
int fleet_size(void);
// "rank 2 on node7".
const char *fleet_name(int rank);

// For work that is not shared: true for rank 0, which is alone from here on; false for the others,
// which have nothing to do.
bool fleet_only_first(void);

// ---- bringing together

typedef struct FleetBytes {
  char *data;
  size_t size;
} FleetBytes;

// Every rank gives bytes and how it fared; each gets what all gave, all[fleet_size()] by rank. The
// first rank whose `own` is not SIM_OK ends it for all: its status and sentence are everybody's.
// what: named in messages. Free all in either case.
SimStatus fleet_gather(FleetBytes *all, const void *data, size_t size, const char *what,
                       SimStatus own, SimError *err);
void fleet_free(FleetBytes *bytes, int n);
// The same into an array of its own; *status: how this rank fared, then how all did.
FleetBytes *fleet_new_gather(const void *data, size_t size, const char *what, SimStatus *status,
                             SimError *err);
void fleet_free_gather(FleetBytes *all);  // NULL is fine
// The status alone: a barrier that tells whether all have come so far.
SimStatus fleet_agree(const char *what, SimStatus own, SimError *err);
// Whether it is true on any rank.
bool fleet_any(bool own, const char *what);
// Whether it is true on rank 0.
bool fleet_first_says(bool own, const char *what);
// Rank 0's bytes for everybody: its own stay its own, the others get a copy to free.
SimStatus fleet_broadcast(FleetBytes *bytes, const char *what, SimStatus own, SimError *err);
// SIM_BAD_INPUT on every rank unless all have the same hash.
SimStatus fleet_check_same(uint64_t hash, const char *what, SimError *err);

// ---- sharing a step that all take

// Puts what this rank has to data, which holds what the ranks above it have.
typedef void FleetPutFn(void *arg, void *data);
// Lets data[size] go from rank ranks - 1 down to rank 0, each of which puts its own; what rank 0
// has then is everybody's. A sum is taken in one order that way, whoever adds to it, in two
// messages of its size a rank. Ends the job when a message is lost.
void fleet_fold(void *data, size_t size, int ranks, FleetPutFn *put, void *arg, const char *what);
// Of n things side by side this rank's, first..end - 1: the same number for all, or one less.
void fleet_block(int *first, int *end, int n);
// Each rank has filled its block of data[n][each]; all have all of it afterwards.
void fleet_blocks(void *data, size_t each, int n, const char *what);
// Whether ranks are done sooner when they share a piece of work that takes one `seconds` and falls
// into that many parts: what is saved is more than so many messages one after another take, and so
// many bytes, as rank 0 has measured it. The answer, which may be another next time, shapes no bit
// of the result; HCSP_FLEET_LEARN=always or never gives it beforehand.
bool fleet_pays(double seconds, int parts, int trips, double bytes);

// ---- handing out

// Numbers 0 to total - 1, each of which one rank works on: taken in rising order by whoever is
// free. Zero it before.
typedef struct FleetShare {
  const char *what;
  int total, room;  // room: how many to have in work at a time
  int next, end;    // the range in hand
  int chunk, slot;
  bool alone, dynamic, asked, over;
  uint64_t queue;
  int *range;  // [2 * ranges], begin and end of each that was taken
  int ranges, range_room;
} FleetShare;

// room: how many this process can have in work at a time, of which it gets what is fair.
void fleet_share_open(FleetShare *share, int total, int room, const char *what);
// All of it for this process, whatever others do: nobody else need call it.
void fleet_share_alone(FleetShare *share, int total, int room);
int fleet_share_take(FleetShare *share);  // -1: none is left
// No answer is left on its way; after a failure the others get no more of it either. For every
// rank; before the next share but one.
void fleet_share_close(FleetShare *share, SimStatus own);
// Before it is closed, for every rank: result[total] with size bytes each, of which every rank has
// filled what it took, is whole afterwards.
SimStatus fleet_share_gather(FleetShare *share, void *result, size_t size, SimStatus own,
                             SimError *err);
// value[n] becomes the sum over the ranks, in their order; whole numbers stay exact.
SimStatus fleet_sum(double *value, int n, const char *what, SimStatus own, SimError *err);

// ---- large pieces of work

// Does item number `item` and may leave bytes, which become the fleet's. Within it, the process is
// alone.
typedef SimStatus FleetItemFn(FleetBytes *result, int item, void *arg, SimError *err);
// Runs items 0 to n - 1, each on one rank, in rising order by whoever is free. result[n]: what each
// left, on every rank; NULL: nothing is left. Free result in either case.
SimStatus fleet_items(FleetBytes *result, int n, FleetItemFn *run, void *arg, const char *what,
                      SimError *err);

// ---- folders

// Where this rank keeps the run folder of a training that every rank follows: path itself on rank
// 0, which alone writes it, and a copy of what is there in a temporary folder on the others, which
// goes away with the process. To be called by all before the folder is touched.
SimStatus fleet_folder(char *out, size_t size, const char *path, SimError *err);
// SIM_BAD_INPUT unless every rank sees the same folder at path, which is made.
SimStatus fleet_check_shared(const char *path, SimError *err);

#endif  // HCSP_FLEET_FLEET_H_
