// Normals; everything else is in the header, which a GPU reads, too.
#include "sim/base/rng.h"

#include <math.h>

void sim_rng_normals(SimRng *rng, float *out, int n) {
  for (int i = 0; i < n; i += 2) {
    // half a step off zero, so that the logarithm is finite
    double u = (sim_rng_u32(rng) + 0.5) * 0x1p-32;
    double angle = sim_rng_u32(rng) * (2 * 3.14159265358979323846 * 0x1p-32);
    double radius = sqrt(-2 * log(u));
    out[i] = (float)(radius * cos(angle));
    if (i + 1 < n) {
      out[i + 1] = (float)(radius * sin(angle));
    }
  }
}
