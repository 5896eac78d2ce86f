//! Finds the end of one CBOR item in a stream of bytes, without reading it. Definite lengths only, as DAG-CBOR has it.

use super::shared::Fail;

const MAX_DEPTH: usize = 32;

pub struct ItemEnd {
    /// Bytes that the item may still have.
    left: u64,
    /// For each open list, map or tag the items it still waits for.
    open: Vec<u64>,
    /// Bytes of a string still to come.
    skip: u64,
    head: [u8; 9],
    head_len: usize,
}

impl ItemEnd {
    pub fn new(max_bytes: usize) -> Self {
        ItemEnd { left: max_bytes as u64, open: vec![], skip: 0, head: [0; 9], head_len: 0 }
    }

    /// Takes the next bytes; gives how many of them belong to the item once it is whole.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Option<usize>, Fail> {
        let mut at = 0;
        while at < bytes.len() {
            let taken = if self.skip > 0 { self.skip.min((bytes.len() - at) as u64) } else { 1 };
            self.left = self.left.checked_sub(taken).ok_or_else(too_large)?;
            let whole = if self.skip > 0 {
                self.skip -= taken;
                self.skip == 0 && self.item_done()
            } else {
                self.head_byte(bytes[at])?
            };
            at += taken as usize;
            if whole {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    fn head_byte(&mut self, byte: u8) -> Result<bool, Fail> {
        self.head[self.head_len] = byte;
        self.head_len += 1;
        let info = self.head[0] & 0x1f;
        let size = match info {
            0..=23 => 1,
            24..=27 => 1 + (1 << (info - 24)),
            _ => return Err(Fail::invalid("the bytes are no CBOR item of definite length")),
        };
        if self.head_len < size {
            return Ok(false);
        }
        let value = match size {
            1 => u64::from(info),
            _ => self.head[1..size].iter().fold(0, |value, byte| value << 8 | u64::from(*byte)),
        };
        self.head_len = 0;
        self.item_begins(self.head[0] >> 5, value)
    }

    /// True when the outermost item is whole with it.
    fn item_begins(&mut self, major: u8, value: u64) -> Result<bool, Fail> {
        let items = match major {
            2 | 3 if value > 0 => {
                // Said early, so that nobody reads gigabytes to find out.
                if value > self.left {
                    return Err(too_large());
                }
                self.skip = value;
                return Ok(false);
            }
            4 => value,
            5 => value.checked_mul(2).ok_or_else(too_large)?,
            6 => 1,
            _ => 0,
        };
        if items == 0 {
            return Ok(self.item_done());
        }
        if self.open.len() == MAX_DEPTH {
            return Err(Fail::invalid("the CBOR item is nested too deeply"));
        }
        if items > self.left {
            return Err(too_large());
        }
        self.open.push(items);
        Ok(false)
    }

    fn item_done(&mut self) -> bool {
        while let Some(left) = self.open.last_mut() {
            *left -= 1;
            if *left > 0 {
                return false;
            }
            self.open.pop();
        }
        true
    }
}

fn too_large() -> Fail {
    Fail::exhausted("the CBOR item is larger than allowed")
}
