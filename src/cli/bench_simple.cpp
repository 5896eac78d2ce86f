// lotus-bench simple …: the steps of sealing, PoSt and snap one by one, on files that the user names.
#include <charconv>
#include <ostream>

#include "bench.hpp"
#include "engine/replica_update.hpp"
#include "engine/sector_data.hpp"
#include "types/json.hpp"

namespace nelumbo::cli::bench {
namespace {

// Constants of lotus-bench, so that files of one program go through the other.
constexpr SectorNumber kNumber = 1;

Hash256 ones() {
  Hash256 out;
  out.fill(1);
  return out;
}

Result<uint64_t> whole_number(const std::string& text, std::string_view what) {
  uint64_t out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc() && end == text.data() + text.size()) return out;
  return fail(ErrorCode::invalid, "{} must be a whole number, is '{}'", what, text);
}

Result<Cid> cid_of(const std::string& text, std::string_view what) {
  return in_context(Cid::parse(text), std::string(what));
}

/// CID and size in pairs, from the argument `first` on.
Result<std::vector<PieceInfo>> pieces_from(const Context& context, size_t first) {
  const auto count = context.args.size() - first;
  if (count == 0 || count % 2 != 0)
    return fail(ErrorCode::invalid, "pieces are named by their CID and their padded size, in pairs");
  std::vector<PieceInfo> out;
  for (size_t i = first; i < context.args.size(); i += 2) {
    PieceInfo piece;
    piece.piece_cid = TRY(cid_of(context.args[i], "piece CID"));
    piece.size = TRY(whole_number(context.args[i + 1], "a piece's size"));
    out.push_back(std::move(piece));
  }
  return out;
}

/// The engine goes on with what it finds in a cache folder.
Result<> empty_folder(const fs::path& folder) {
  TRY(make_folder(folder));
  std::error_code error;
  if (fs::is_empty(folder, error)) return {};
  return fail(ErrorCode::exists, "the folder {} is not empty: what lies there would be taken for part of this seal",
              folder.string());
}

/// What a step took and gave: lines, or one JSON object.
struct Report {
  std::string_view step;
  Time took{};
  uint64_t bytes = 0;
  std::vector<std::string> lines;
  JsonValue gave = JsonValue::object();
};
void print_report(Context& context, const Report& report) {
  if (context.json()) {
    auto out = report.gave;
    out[std::string(report.step)] = report.took.count();
    context.print("{}", out.dump(2));
    return;
  }
  context.print("{} {} ({})", report.step, time_text(report.took), per_second(report.bytes, report.took));
  for (const auto& line : report.lines) context.print("{}", line);
}

Result<> add_piece(Context& context) {
  auto subject = TRY(subject_of(context));
  Time took{};
  auto made =
      timed(took, [&] { return sealing_calls::write_piece(subject.info.proof, context.args[0], context.args[1]); });
  auto piece = TRY(std::move(made));
  print_report(context, {"AddPiece",
                         took,
                         piece.size,
                         {fmt::format("{} {}", piece.piece_cid.str(), piece.size)},
                         {{"PieceCID", to_json(piece.piece_cid)}, {"Size", piece.size}}});
  return {};
}

Result<> pre_commit_1(Context& context) {
  auto subject = TRY(subject_of(context));
  auto pieces = TRY(pieces_from(context, 3));
  TRY(empty_folder(context.args[2]));
  Time took{};
  auto made = timed(took, [&] {
    return sealing_calls::pre_commit_1(subject.info.proof, context.args[2], context.args[0], context.args[1], kNumber,
                                       subject.miner, ones(), pieces);
  });
  auto text = to_base64(TRY(std::move(made)));
  print_report(context, {"PreCommit1", took, subject.info.sector_size, {text}, {{"PreCommit1Out", text}}});
  return {};
}

Result<> pre_commit_2(Context& context) {
  auto subject = TRY(subject_of(context));
  auto phase_1 = TRY_IN("the output of precommit1", from_base64(context.args[2]));
  Time took{};
  auto made = timed(took, [&] { return sealing_calls::pre_commit_2(phase_1, context.args[1], context.args[0]); });
  auto both = TRY(std::move(made));
  print_report(context, {"PreCommit2",
                         took,
                         subject.info.sector_size,
                         {fmt::format("d:{} r:{}", both.unsealed_cid.str(), both.sealed_cid.str())},
                         {{"UnsealedCID", to_json(both.unsealed_cid)}, {"SealedCID", to_json(both.sealed_cid)}}});
  return {};
}

Result<> commit_1(Context& context) {
  auto subject = TRY(subject_of(context));
  SealedCommitments both;
  both.unsealed_cid = TRY(cid_of(context.args[2], "comm D"));
  both.sealed_cid = TRY(cid_of(context.args[3], "comm R"));
  // Their tree is that of one piece over all of the sector.
  const PieceInfo piece{subject.info.sector_size, both.unsealed_cid};
  Time took{};
  auto made = timed(took, [&] {
    return sealing_calls::commit_1(subject.info.proof, context.args[1], context.args[0], kNumber, subject.miner, ones(),
                                   ones(), both, std::span(&piece, 1));
  });
  auto openings = TRY(std::move(made));
  TRY(write_input(context.args[4], {kNumber, std::move(openings), subject.info.sector_size}));
  print_report(context, {"Commit1", took, subject.info.sector_size, {}, {{"File", context.args[4]}}});
  return {};
}

Result<> commit_2(Context& context) {
  auto made = TRY(prove_input(context));
  print_report(context, {"Commit2",
                         made.took,
                         made.input.sector_size,
                         {"proof: " + to_hex(made.proof)},
                         {{"Proof", to_json(made.proof)}}});
  return {};
}

/// The sector of `[sealed] [cache] [comm R] [sector num]`.
Result<PrivateSectorInfo> named_sector(const Context& context, const Subject& subject) {
  PrivateSectorInfo out;
  out.info.seal_proof = subject.info.proof;
  out.info.number = TRY(whole_number(context.args[3], "the sector number"));
  out.info.sealed_cid = TRY(cid_of(context.args[2], "comm R"));
  out.cache_folder = context.args[1];
  out.sealed_file = context.args[0];
  return out;
}

void print_post(Context& context, const Subject& subject, Time took, const Bytes& proof) {
  print_report(context,
               {"Proof", took, subject.info.sector_size, {to_base64(proof)}, {{"ProofBytes", to_json(proof)}}});
}

Result<> window_post(Context& context) {
  auto subject = TRY(subject_of(context));
  auto sector = TRY(named_sector(context, subject));
  TRY(need_parameters(parameters::Kind::window_post, subject.info.sector_size));
  Time took{};
  auto made = timed(took, [&] {
    return make_real_prover()->prove_window_post(subject.info.window_post, subject.miner, {}, std::span(&sector, 1));
  });
  auto post = TRY(std::move(made));
  if (post.proofs.empty())
    return fail(ErrorCode::invalid, "sector {} cannot be read, or its files are not of this comm R",
                sector.info.number);
  print_post(context, subject, took, post.proofs.front().proof);
  return {};
}

Result<> winning_post(Context& context) {
  auto subject = TRY(subject_of(context));
  auto sector = TRY(named_sector(context, subject));
  TRY(need_parameters(parameters::Kind::winning_post, subject.info.sector_size));
  Time took{};
  auto made = timed(took, [&] {
    return make_real_prover()->prove_winning_post(subject.info.winning_post, subject.miner, {}, std::span(&sector, 1));
  });
  auto proofs = TRY(std::move(made));
  if (proofs.empty()) return fail(ErrorCode::failed, "the engine gave no proof");
  print_post(context, subject, took, proofs.front().proof);
  return {};
}

Result<> replica_update(Context& context) {
  auto subject = TRY(subject_of(context));
  auto pieces = TRY(pieces_from(context, 5));
  const update_calls::Files files{context.args[3], context.args[4], context.args[0], context.args[1]};
  TRY(empty_folder(files.cache));
  TRY(write_file(files.replica, BytesView()));
  std::error_code error;
  fs::resize_file(files.replica, subject.info.sector_size, error);
  if (error) return fail(ErrorCode::failed, "writing {}: {}", files.replica.string(), error.message());
  Time took{};
  auto made = timed(took, [&] { return update_calls::encode(subject.info.proof, files, context.args[2], pieces); });
  auto both = TRY(std::move(made));
  print_report(context, {"ReplicaUpdate",
                         took,
                         subject.info.sector_size,
                         {fmt::format("d:{} r:{}", both.unsealed_cid.str(), both.sealed_cid.str())},
                         {{"NewUnsealed", to_json(both.unsealed_cid)}, {"NewSealed", to_json(both.sealed_cid)}}});
  return {};
}

/// `[sectorKey] [newSealed] [newUnsealed]` from the argument `first` on.
Result<update_calls::Commitments> commitments_from(const Context& context, size_t first) {
  update_calls::Commitments out;
  out.old_sealed = TRY(cid_of(context.args[first], "sector key"));
  out.new_sealed = TRY(cid_of(context.args[first + 1], "new sealed CID"));
  out.new_unsealed = TRY(cid_of(context.args[first + 2], "new unsealed CID"));
  return out;
}

Result<> prove_replica_update_1(Context& context) {
  auto subject = TRY(subject_of(context));
  auto commitments = TRY(commitments_from(context, 4));
  const update_calls::Files files{context.args[2], context.args[3], context.args[0], context.args[1]};
  Time took{};
  auto made = timed(took, [&] { return update_calls::prove_1(subject.info.proof, commitments, files); });
  auto vanilla = TRY(std::move(made));
  TRY(write_file(context.args[7], to_json(vanilla).dump()));
  print_report(context, {"ProveReplicaUpdate1", took, subject.info.sector_size, {}, {{"File", context.args[7]}}});
  return {};
}

Result<> prove_replica_update_2(Context& context) {
  auto subject = TRY(subject_of(context));
  auto commitments = TRY(commitments_from(context, 0));
  const auto& file = context.args[3];
  auto text = TRY(read_text_file(file, size_t{1} << 30));
  auto parsed = TRY_IN(file, parse_json(text));
  auto vanilla = TRY_IN(file, from_json<Bytes>(parsed));
  TRY(need_parameters(parameters::Kind::replica_update, subject.info.sector_size));
  Time took{};
  auto made = timed(took, [&] { return update_calls::prove_2(subject.info.proof, commitments, vanilla); });
  auto proof = TRY(std::move(made));
  print_report(
      context,
      {"ProveReplicaUpdate2", took, subject.info.sector_size, {"p: " + to_base64(proof)}, {{"Proof", to_json(proof)}}});
  return {};
}

}  // namespace

std::vector<Command> simple_commands() {
  constexpr size_t kMostPieces = 64;
  auto flags = subject_flags();
  flags.push_back(toggle("--json", "print JSON; times are in nanoseconds"));
  const std::vector<Flag> of_file{no_gpu_flag(), miner_flag(), flags.back()};
  const auto post = "<sealed> <cache> <comm R> <sector num>";
  return {
      {"simple addpiece", "<data> <unsealed>", "Write data into an unsealed sector file", flags, 2, 2, add_piece},
      {"simple precommit1", "<unsealed> <sealed> <cache> [<piece cid> <piece size>]…", "The layers of a replica", flags,
       5, 3 + 2 * kMostPieces, pre_commit_1},
      {"simple precommit2", "<sealed> <cache> <pc1 out>", "Trees and replica", flags, 3, 3, pre_commit_2},
      {"simple commit1", "<sealed> <cache> <comm D> <comm R> <c1out.json>",
       "The openings of the challenges, into a file", flags, 5, 5, commit_1},
      {"simple commit2", "<c1out.json>", "The SNARK of what commit1 wrote", of_file, 1, 1, commit_2},
      {"simple window-post", post, "A window PoSt of one sector", flags, 4, 4, window_post},
      {"simple winning-post", post, "A winning PoSt of one sector", flags, 4, 4, winning_post},
      {"simple replicaupdate", "<sealed> <cache> <unsealed> <update> <updatecache> [<piece cid> <piece size>]…",
       "Encode data into a sealed sector", flags, 7, 5 + 2 * kMostPieces, replica_update},
      {"simple provereplicaupdate1",
       "<sealed> <cache> <update> <updatecache> <sectorKey> <newSealed> <newUnsealed> <vproofs.json>",
       "The vanilla proofs of an update, into a file", flags, 8, 8, prove_replica_update_1},
      {"simple provereplicaupdate2", "<sectorKey> <newSealed> <newUnsealed> <vproofs.json>",
       "The SNARK of what provereplicaupdate1 wrote", flags, 4, 4, prove_replica_update_2},
  };
}

}  // namespace nelumbo::cli::bench
