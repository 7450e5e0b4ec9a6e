// A network as the kernels of a GPU read it (kernels/fused.h).
#ifndef POLICIES_NET_FUSED_H_
#define POLICIES_NET_FUSED_H_

#include "kernels/fused.h"
#include "policies/net.h"

// Its weights are those of net->block. False where kernels have no room: it has
// norms, or more or wider layers. The squash is not in it.
bool pol_net_fused(KrnFusedNet *fused, const PolNet *net);

#endif  // POLICIES_NET_FUSED_H_
