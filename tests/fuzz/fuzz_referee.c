// Any sequence of body positions: the referee's rules hold after every step.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/vec.h"
#include "tests/support/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// one step: 4 bytes a drone's place (which, x, y, z), 6 the ball's place and velocity
enum { STEP_BYTES = 10 };

static double scaled(uint8_t byte, double low, double high) {
  return low + (high - low) * byte / 255;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const SimRules rules = {.name = "fuzz", .steps_max = 200};
  SimView view = {.roster = SIM_ALL_DRONES, .ball_pos = {3, 0, 4}};
  SimReferee ref;
  for (int i = 0; i < SIM_DRONES; i++) {
    vec_set(view.drone[i].pos, i < 3 ? 2 + i : -i, i, 2);
    const double level[4] = {1, 0, 0, 0};
    quat_to_rot(view.drone[i].rot, level);
  }
  sim_referee_reset(&ref, size > 0 && data[0] & 1 ? SIM_FAR : SIM_NEAR);
  for (size_t k = 0; k + STEP_BYTES <= size && ref.winner == SIM_PLAYING; k += STEP_BYTES) {
    const uint8_t *b = data + k;
    vec_set(view.drone[b[0] % SIM_DRONES].pos, scaled(b[1], -7, 7), scaled(b[2], -4, 4),
            scaled(b[3], 0.2, 5));
    vec_set(view.ball_pos, scaled(b[4], -7, 7), scaled(b[5], -4, 4), scaled(b[6], 0.2, 6));
    vec_set(view.ball_vel, scaled(b[7], -9, 9), scaled(b[8], -9, 9), scaled(b[9], -9, 9));
    SimEvents events;
    const SimReferee before = ref;
    sim_referee_step(&events, &ref, &rules, &view, SIM_DT);
    if (test_broken_rule(&before, &ref, &events, &view, &rules)) {
      abort();
    }
  }
  return 0;
}
