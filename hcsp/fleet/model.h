// How long a share takes on so many ranks: the hand-out of share.c played through with durations
// and costs that were measured. Nothing of the network but waits: bytes are few.
#ifndef HCSP_FLEET_MODEL_H_
#define HCSP_FLEET_MODEL_H_

typedef struct FleetCosts {
  double take;    // s between asking for a range and having it
  double gather;  // s of a gather for each rank that sends, at rank 0
  double hop;     // s of a message from one rank to another
} FleetCosts;

// Items of a share. One step of a rank costs `step` and `work` for each item in work; an item is
// done after length[i] steps.
typedef struct FleetWork {
  int items, room;       // room: in work at a time in one process
  const double *length;  // [items]
  double step, work;     // s
} FleetWork;

typedef struct FleetForecast {
  double seconds;     // until all have the results
  double efficiency;  // of one rank's time / (ranks * seconds)
  double idle;        // share of the ranks' time in which they wait for the last
} FleetForecast;

FleetForecast fleet_forecast(const FleetWork *work, const FleetCosts *costs, int ranks);
// A step of so many items that all ranks take together, a block each, and after which each tells
// all (fleet_gather): nobody waits for work, but everybody for the others.
FleetForecast fleet_forecast_step(int items, double step, double work, const FleetCosts *costs,
                                  int ranks);

#endif  // HCSP_FLEET_MODEL_H_
