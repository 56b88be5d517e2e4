// Whose habits the simulator copies. Pure data.
#pragma once

namespace assay {

enum class SimulatorDialect {
  kOpenAi,  // hosted API: connections stay open, error codes are strings, 429 when full
  kLlama,   // llama-server: closes after a stream, error codes are numbers, queues when full
};

}  // namespace assay
