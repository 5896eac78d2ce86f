//! Generation 3: network versions 18 to 20.

use super::generation::generation;
use fvm3::DefaultKernel;

generation!(fvm3, fvm3_shared, DefaultKernel, preload, {});
