"""What reading and writing of workbooks share, whatever stands in them."""
