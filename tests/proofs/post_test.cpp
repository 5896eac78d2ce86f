// The real engine from end to end on 2 KiB sectors: parameters, sealing, winning and window PoSt, and what it refuses.
#include <chrono>
#include <csignal>
#include <iostream>

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/proofs.hpp"

using namespace nelumbo;

namespace {

constexpr uint64_t kSectorSize = 2048;
constexpr ActorId kMiner = 1000;

Hash256 filled(uint8_t byte) {
  Hash256 out;
  out.fill(byte);
  return out;
}

/// Runs work and prints how long it took.
auto timed(std::string_view what, auto work) {
  auto start = std::chrono::steady_clock::now();
  auto result = must(work());
  std::cout << what << ": " << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << " s"
            << std::endl;
  return result;
}

class PoSt : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (auto kind : {parameters::Kind::winning_post, parameters::Kind::window_post}) {
      must(parameters::generate(kind, kSectorSize, [](std::string_view step, double part) {
        std::cout << step << " (" << int(part * 100) << " %)" << std::endl;
      }));
      ASSERT_TRUE(must(parameters::present(kind, kSectorSize)));
      must(parameters::check(kind, kSectorSize));
    }
    folder_ = fs::temp_directory_path() / ("nelumbo-post-" + to_hex(random_bytes(8)));
    must(make_folder(folder_));
    proof_ = must(seal_proof_for_size(kSectorSize));
    for (SectorNumber number : {0, 1}) sectors_.push_back(seal(number));
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static PrivateSectorInfo seal(SectorNumber number) {
    auto base = folder_ / std::to_string(number);
    auto cache = base / "cache";
    auto sealed = base / "sealed";
    must(make_folder(cache));
    auto piece = must(sealing_calls::write_zero_piece(proof_, base / "staged"));
    auto phase_1 = must(sealing_calls::pre_commit_1(proof_, cache, base / "staged", sealed, number, kMiner, filled(7),
                                                    std::span(&piece, 1)));
    auto made = must(sealing_calls::pre_commit_2(phase_1, cache, sealed));
    must(sealing_calls::clear_cache(cache));
    EXPECT_EQ(made.unsealed_cid, must(sealing_calls::zero_comm_d(kSectorSize)));
    EXPECT_EQ(made.unsealed_cid, piece.piece_cid);
    return {{proof_, number, made.sealed_cid}, cache, sealed};
  }

  static std::vector<SectorInfo> infos() {
    std::vector<SectorInfo> out;
    for (const auto& each : sectors_) out.push_back(each.info);
    return out;
  }

  static inline fs::path folder_;
  static inline SealProof proof_{};
  static inline std::vector<PrivateSectorInfo> sectors_;
};

TEST_F(PoSt, WinningIsProvedAndVerified) {
  auto prover = make_real_prover();
  auto type = must(seal_proof_info(proof_)).winning_post;
  auto randomness = filled(0xff);  // the top bits are the prover's to clear
  auto challenged = must(prover->winning_post_challenge(type, kMiner, randomness, sectors_.size()));
  ASSERT_EQ(challenged.size(), 1u);
  auto sector = sectors_.at(challenged[0]);
  auto proofs = timed("winning PoSt",
                      [&] { return prover->prove_winning_post(type, kMiner, randomness, std::span(&sector, 1)); });
  ASSERT_EQ(proofs.size(), 1u);
  EXPECT_EQ(proofs[0].type, int64_t(type));
  EXPECT_EQ(proofs[0].proof.size(), 192u);
  auto verify = [&](const Hash256& with, const SectorInfo& info) {
    return prover->verify_winning_post(kMiner, with, proofs, std::span(&info, 1)).value_or(false);
  };
  EXPECT_TRUE(verify(randomness, sector.info));
  EXPECT_FALSE(verify(filled(1), sector.info));
  EXPECT_FALSE(verify(randomness, sectors_.at(1 - challenged[0]).info));
  proofs[0].proof[5] ^= 1;
  EXPECT_FALSE(verify(randomness, sector.info));
}

TEST_F(PoSt, WindowIsProvedAndVerified) {
  auto prover = make_real_prover();
  auto type = must(seal_proof_info(proof_)).window_post;
  auto made = timed("window PoSt", [&] { return prover->prove_window_post(type, kMiner, filled(3), sectors_); });
  EXPECT_TRUE(made.faulty.empty());
  ASSERT_EQ(made.proofs.size(), 1u);
  EXPECT_TRUE(must(prover->verify_window_post(kMiner, filled(3), made.proofs, infos())));
  EXPECT_FALSE(prover->verify_window_post(kMiner, filled(4), made.proofs, infos()).value_or(false));
  EXPECT_FALSE(prover->verify_window_post(kMiner, filled(3), {}, infos()).value_or(false));
}

TEST_F(PoSt, AnUnreadableSectorIsNamed) {
  auto damaged = sectors_;
  damaged[1].sealed_file = folder_ / "copy";
  fs::copy_file(sectors_[1].sealed_file, damaged[1].sealed_file);
  fs::resize_file(damaged[1].sealed_file, 0);
  auto type = must(seal_proof_info(proof_)).window_post;
  auto made = make_real_prover()->prove_window_post(type, kMiner, filled(3), damaged);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->proofs.empty());
  EXPECT_EQ(made->faulty, std::vector<SectorNumber>{1});
}

TEST_F(PoSt, PieceCommitmentsAgree) {
  // Zeros hashed here and in the engine.
  must(write_file(folder_ / "short", BytesView()));
  EXPECT_EQ(must(sealing_calls::piece_commitment(proof_, folder_ / "short", kSectorSize)),
            must(sealing_calls::zero_comm_d(kSectorSize)));
  must(write_file(folder_ / "text", std::string_view("some data")));
  EXPECT_NE(must(sealing_calls::piece_commitment(proof_, folder_ / "text", kSectorSize)),
            must(sealing_calls::zero_comm_d(kSectorSize)));
  EXPECT_FALSE(sealing_calls::piece_commitment(proof_, folder_ / "text", 2000));
  EXPECT_FALSE(sealing_calls::piece_commitment(proof_, folder_ / "none", kSectorSize));
}

TEST_F(PoSt, DamagedParametersAreNamed) {
  auto whole = parameter_cache_folder();
  const char* set = std::getenv("FIL_PROOFS_PARAMETER_CACHE");
  std::optional<std::string> before = set ? std::optional<std::string>(set) : std::nullopt;
  auto folder = folder_ / "parameters";
  must(make_folder(folder));
  setenv("FIL_PROOFS_PARAMETER_CACHE", folder.c_str(), 1);
  auto kind = parameters::Kind::window_post;
  auto names = must(parameters::names(kind, kSectorSize));

  auto none = parameters::check(kind, kSectorSize);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::not_found);

  fs::copy_file(whole / names.parameters, folder / names.parameters);
  fs::copy_file(whole / names.verifying_key, folder / names.verifying_key);
  EXPECT_TRUE(parameters::check(kind, kSectorSize));

  fs::resize_file(folder / names.parameters, fs::file_size(folder / names.parameters) / 2);
  for (const auto& refused : {parameters::check(kind, kSectorSize), parameters::generate(kind, kSectorSize, {})}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid);
    EXPECT_NE(refused.error().message.find(names.parameters + " is damaged"), std::string::npos)
        << refused.error().message;
  }

  fs::copy_file(whole / names.parameters, folder / names.parameters, fs::copy_options::overwrite_existing);
  auto other = must(parameters::names(parameters::Kind::winning_post, kSectorSize));
  fs::copy_file(whole / other.verifying_key, folder / names.verifying_key, fs::copy_options::overwrite_existing);
  auto foreign = parameters::check(kind, kSectorSize);
  ASSERT_FALSE(foreign);
  EXPECT_NE(foreign.error().message.find("is not the verifying key of"), std::string::npos) << foreign.error().message;

  fs::remove(folder / names.parameters);
  EXPECT_FALSE(parameters::generate(kind, kSectorSize, {})) << "new parameters would not fit the key that is there";
  before ? setenv("FIL_PROOFS_PARAMETER_CACHE", before->c_str(), 1) : unsetenv("FIL_PROOFS_PARAMETER_CACHE");
}

TEST(Parameters, CarryTheOfficialNames) {
  auto names = must(parameters::names(parameters::Kind::winning_post, kSectorSize));
  EXPECT_EQ(names.parameters,
            "v28-proof-of-spacetime-fallback-merkletree-poseidon_hasher-8-0-0-"
            "3ea05428c9d11689f23529cde32fd30aabd50f7d2c93657c1d3650bca3e8ea9e.params");
  EXPECT_TRUE(names.verifying_key.ends_with(".vk"));
  EXPECT_FALSE(parameters::names(parameters::Kind::porep, 3000));
  // The engine's own call gives the PoRep's name for those of an update.
  EXPECT_EQ(must(parameters::names(parameters::Kind::replica_update, kSectorSize)).parameters,
            "v28-empty-sector-update-merkletree-poseidon_hasher-8-0-0-"
            "fb9e095bebdd77511c0269b967b4d87ba8b8a525edaa0e165de23ba454510194.params");
}

/// The other process of the next test.
TEST(Parameters, DISABLED_Make) { must(parameters::generate(parameters::Kind::window_post, kSectorSize, {})); }

TEST(Parameters, AKilledProcessLeavesNothingThatIsTakenForWhole) {
  auto folder = fs::temp_directory_path() / ("nelumbo-parameters-" + to_hex(random_bytes(8)));
  must(make_folder(folder));
  int watch = inotify_init1(IN_CLOEXEC);
  ASSERT_GE(inotify_add_watch(watch, folder.c_str(), IN_CREATE), 0);

  auto cache = "FIL_PROOFS_PARAMETER_CACHE=" + folder.string();
  std::vector<const char*> arguments{"proofs_post", "--gtest_filter=Parameters.DISABLED_Make",
                                     "--gtest_also_run_disabled_tests", nullptr};
  std::vector<const char*> environment{cache.c_str(), nullptr};
  pid_t child = -1;
  ASSERT_EQ(posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, const_cast<char* const*>(arguments.data()),
                        const_cast<char* const*>(environment.data())),
            0);
  // Killed when it begins to write the parameters.
  for (bool begun = false; !begun;) {
    alignas(inotify_event) char buffer[4096];
    ssize_t size = read(watch, buffer, sizeof buffer);
    ASSERT_GT(size, 0);
    for (char* at = buffer; at < buffer + size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      begun |= std::string_view(event->name).ends_with(".params.new");
      at += sizeof(inotify_event) + event->len;
    }
  }
  kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  close(watch);

  auto names = must(parameters::names(parameters::Kind::window_post, kSectorSize));
  EXPECT_FALSE(fs::exists(folder / names.parameters));
  EXPECT_FALSE(fs::exists(folder / names.verifying_key));
  EXPECT_TRUE(FileLock::take(folder / (names.parameters + ".lock")));
  fs::remove_all(folder);
}

TEST(MockProver, ProofIsTheHashThatTheBundleExpects) {
  auto prover = make_mock_prover();
  auto proof = must(seal_proof_for_size(kSectorSize));
  Commitment comm_r{};
  comm_r.fill(1);
  PrivateSectorInfo sector;
  sector.info = {proof, 5, must(Cid::make(multicodec::kCommSealed, multihash::kPoseidonBls12381A1Fc1, comm_r))};
  auto made = must(prover->prove_window_post(PoStType{10}, kMiner, filled(0xff), std::span(&sector, 1)));
  ASSERT_EQ(made.proofs.size(), 1u);

  auto cleared = filled(0xff);
  cleared[31] = 0x3f;
  Bytes text(cleared.begin(), cleared.end());
  auto info = to_cbor(sector.info);
  text.insert(text.end(), info.begin(), info.end());
  auto digest = sha256(text);
  EXPECT_EQ(made.proofs[0].proof, Bytes(digest.begin(), digest.end()));
  EXPECT_TRUE(must(prover->verify_window_post(kMiner, filled(0xff), made.proofs, std::span(&sector.info, 1))));
  EXPECT_FALSE(must(prover->verify_window_post(kMiner, filled(1), made.proofs, std::span(&sector.info, 1))));
}

}  // namespace
