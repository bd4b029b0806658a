#!/usr/bin/python3
# coding: utf-8
"doc"; from __future__ import annotations
if __name__ == "__main__":
  def f(): pass
