#pragma once
// Are proof parameters whole? The engine maps them into memory and keeps them: what is damaged must be seen before.

#include "engine/proofs.hpp"

namespace nelumbo::parameters {

/// Reads the files of a kind and sector size, by their digests where those are known (the official manifest, or noted
/// beside files made here), else by their structure; once in a process, and again when a file changed. not_found,
/// invalid: names the file.
Result<> check_whole(Kind kind, uint64_t sector_size);

/// Notes the digests of files made here (`NAME.digest`), which a verified proof has shown to be good. Nothing to do
/// where they are known.
Result<> note_whole(Kind kind, uint64_t sector_size);

}  // namespace nelumbo::parameters
