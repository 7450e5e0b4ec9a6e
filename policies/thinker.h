// Networks that act on a device beside the processor: observations go out, commands come back, and
// what happens in between is the caller's time. Each seat holds rows of its own, so that one can be
// thought about while the commands of another are carried out.
#ifndef POLICIES_THINKER_H_
#define POLICIES_THINKER_H_

#include "kernels/ops.h"
#include "policies/net.h"

typedef struct PolThinker PolThinker;

typedef struct PolThinkerOptions {
  int nets;     // most networks, 1..KRN_BANKS_MAX
  int seats;    // at least 1
  int rows;     // most rows of a seat
  int width;    // floats of a row, at least as many as any network reads
  int outputs;  // of every network
} PolThinkerOptions;

// What a seat reads and writes: the caller's until pol_thinker_ask, and again after
// pol_thinker_wait.
typedef struct PolSeat {
  float *obs;       // [rows][width]
  int32_t *key;     // [rows]: which network; another number than 0..nets - 1: none
  KrnDraw *draw;    // [rows]
  float *action;    // [rows][outputs], after squash; left alone where no network was asked
  float *log_prob;  // [rows] of the draw; 0 without log_std
} PolSeat;

// Borrows device. NULL and err without memory.
PolThinker *pol_thinker_create(KrnDevice *device, const PolThinkerOptions *options, SimError *err);
void pol_thinker_destroy(PolThinker *thinker);  // NULL is fine

// Network number key from now on, with the weights that it has now; no seat is being thought about.
SimStatus pol_thinker_set(PolThinker *thinker, int key, const PolNet *net, SimError *err);
PolSeat *pol_thinker_seat(PolThinker *thinker, int seat);
// Starts to think about the first rows of a seat; all their networks are set.
void pol_thinker_ask(PolThinker *thinker, int seat, int rows);
// Until the seat's commands are there. SIM_FAIL when the device failed.
SimStatus pol_thinker_wait(PolThinker *thinker, int seat, SimError *err);

#endif  // POLICIES_THINKER_H_
