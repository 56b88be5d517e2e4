#include "coordinator/store/run_store.h"

namespace assay {

const char* StoreCodeName(StoreCode code) {
  switch (code) {
    case StoreCode::kOk:
      return "OK";
    case StoreCode::kDuplicate:
      return "DUP";
    case StoreCode::kAlready:
      return "ALREADY";
    case StoreCode::kStale:
      return "STALE";
    case StoreCode::kNotOpen:
      return "NOTOPEN";
    case StoreCode::kSkew:
      return "SKEW";
    case StoreCode::kClosed:
      return "CLOSED";
    case StoreCode::kFenced:
      return "FENCED";
    case StoreCode::kNoUnit:
      return "NOUNIT";
    case StoreCode::kNoShard:
      return "NOSHARD";
    case StoreCode::kExists:
      return "EXISTS";
    case StoreCode::kBadArgument:
      return "BADARG";
  }
  return "?";
}

}  // namespace assay
