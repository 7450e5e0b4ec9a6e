// Strikes of one skill as they happen in matches, for learning. A flight begins with the skill's
// first decision after it was selected and ends with its touch, with the skill being switched, or
// with the rally; only in it does the skill decide, so that nothing else is ever learnt from. What
// the point brings is known later: a flight that struck waits until its result is in, at most until
// the ball comes back, and only then it is learnt from.
//
// A row is one team of one match, which has at most one flight open and one waiting. Samples are
// appended in the order in which they happen and keep their flight's number; forgetting what was
// learnt moves the rest together. Nothing that was paid is lost: taken + kept = paid.
#ifndef HCSP_LEAGUE_FLIGHTS_H_
#define HCSP_LEAGUE_FLIGHTS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

typedef struct HcspFlightsShape {
  int rows;             // teams that may have a flight
  int inputs, outputs;  // of the skill's network
  int capacity;         // samples
  double seconds;       // time constant by which a result is discounted
} HcspFlightsShape;

typedef enum HcspFlightEnd {
  HCSP_FLIGHT_OPEN,
  HCSP_FLIGHT_STRUCK,  // a legal touch
  HCSP_FLIGHT_LOST,    // the rally ended in it: what comes after is worth nothing
  HCSP_FLIGHT_CUT,     // switched, or only the clock ran out: the skill's own value stands in
} HcspFlightEnd;

typedef struct HcspOneFlight {
  int32_t row;
  int32_t last, n;  // number of its last sample, and how many there are
  int32_t cut;      // where its last observation lies, -1: nowhere
  uint8_t end;      // HcspFlightEnd
  uint8_t settled;  // nothing more will be paid
  double ended;     // s of the rally
} HcspOneFlight;

typedef struct HcspFlights {
  HcspFlightsShape shape;
  // samples, [n]
  int n;
  float *obs, *action, *log_prob, *reward;  // [capacity][inputs], [capacity][outputs], [capacity]
  int32_t *flight, *before;                 // number of the flight; its sample before or -1
  // flights, [flights]
  int flights, cuts;
  HcspOneFlight *one;
  float *cut_obs;                        // [flights][inputs]
  int32_t *open, *waiting;               // [rows], numbers of flights or -1
  int ready;                             // samples of settled flights
  int32_t *moved_flight, *moved_sample;  // [capacity], where the rest goes when some are forgotten
  double paid, taken;                    // rewards since the start: all, and of forgotten samples
} HcspFlights;

// NULL and err without memory.
HcspFlights *hcsp_flights_create(const HcspFlightsShape *shape, SimError *err);
void hcsp_flights_destroy(HcspFlights *flights);  // NULL is fine

// The skill of row decides; the first decision opens a flight. False, and nothing is taken, when
// there is no room; an open flight is cut there.
bool hcsp_flights_act(HcspFlights *flights, int row, const float *obs, const float *action,
                      float log_prob);
bool hcsp_flights_is_open(const HcspFlights *flights, int row);
// Pays the last decision of row's open flight.
void hcsp_flights_pay(HcspFlights *flights, int row, double reward);
// The open flight of row ends at `seconds` of the rally. STRUCK waits for its result, and what
// waited before has none. cut_obs: what the skill would see next, for CUT.
void hcsp_flights_end(HcspFlights *flights, int row, HcspFlightEnd end, double seconds,
                      const float *cut_obs);
// What the point brought to the flight of row that waits, if any: paid discounted to its touch.
void hcsp_flights_settle(HcspFlights *flights, int row, double seconds, double result);

// Fills value[n] for obs[n][inputs].
typedef void HcspFlightValueFn(void *arg, float *value, const float *obs, int n);
// Samples of settled flights, in the order in which their flights began: index[ready] gets their
// numbers, advantage[ready] and wanted[ready] what generalised advantage estimation makes of them
// (Schulman et al. 2016), cut at the end of every flight. SIM_FAIL without memory.
SimStatus hcsp_flights_judge(int32_t *index, float *advantage, float *wanted,
                             const HcspFlights *flights, double discount, double trace,
                             HcspFlightValueFn *value, void *arg, SimError *err);
// Rewards of the samples that are there.
double hcsp_flights_kept(const HcspFlights *flights);
// Forgets settled flights.
void hcsp_flights_clear(HcspFlights *flights);

// All of it as bytes. The size changes with what there is.
size_t hcsp_flights_size(const HcspFlights *flights);
void hcsp_flights_save(void *out, const HcspFlights *flights);
// SIM_BAD_INPUT when the bytes hold what cannot be.
SimStatus hcsp_flights_load(HcspFlights *flights, const void *in, size_t size, SimError *err);

#endif  // HCSP_LEAGUE_FLIGHTS_H_
